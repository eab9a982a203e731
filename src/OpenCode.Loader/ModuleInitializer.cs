using System.Management.Automation;
using System.Reflection;
using System.Runtime.Loader;

namespace OpenCode.Loader;

/// <summary>Run by PowerShell when it imports the module, before the root module is looked for.</summary>
/// <remarks>
/// The manifest names the root module by its simple name. PowerShell does not find it beside the manifest and asks the default load context for it;
/// the default context does not know it either and asks us. The subscription stays for the life of the process: assemblies cannot be unloaded
/// either, so a module that is removed and imported again, or imported by another runspace meanwhile, gets the same ones.
/// </remarks>
public sealed class ModuleInitializer : IModuleAssemblyInitializer
{
    private const string RootName = "OpenCode.Cmdlets";

    private static readonly Lazy<Assembly> Root = new(LoadRoot);

    private static int s_subscribed;

    /// <inheritdoc />
    public void OnImport()
    {
        if (Interlocked.Exchange(ref s_subscribed, 1) == 0)
        {
            AssemblyLoadContext.Default.Resolving += static (_, name) => name.Name == RootName ? Root.Value : null;
        }
    }

    private static Assembly LoadRoot()
    {
        var folder = Path.GetDirectoryName(typeof(ModuleInitializer).Assembly.Location)!;

        // Loaded now and not when a cmdlet first needs it, so that a script can name its types as soon as the module is there.
        AssemblyLoadContext.Default.LoadFromAssemblyPath(Path.Combine(folder, "OpenCode.Abstractions.dll"));
        return new ModuleLoadContext(Path.Combine(folder, "bin", RootName + ".dll")).LoadRoot();
    }
}
