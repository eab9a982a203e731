using System.Management.Automation;
using OpenCode.Cmdlets.Sessions;

namespace OpenCode.Cmdlets;

/// <summary>Run by PowerShell when the module is removed from a runspace: lets go of the runspace's store.</summary>
public sealed class ModuleCleanup : IModuleAssemblyCleanup
{
    /// <inheritdoc />
    public void OnRemove(PSModuleInfo psModuleInfo) => StoreSession.CloseCurrent();
}
