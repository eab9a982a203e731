using System.Management.Automation;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Shows what of this store's sandboxes belongs to nothing any more: on the engine, and in the registry.</summary>
[Cmdlet(VerbsCommon.Get, "OcOrphan")]
[OutputType(typeof(SandboxOrphan))]
[Alias("goco")]
public sealed class GetOcOrphanCommand : OpenCodeCmdlet
{
    /// <inheritdoc />
    private protected override void Process() => WriteEach(Await((runtime, token) => runtime.Sweep.OrphansAsync(token)));
}
