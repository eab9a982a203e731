using System.Management.Automation;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Removes what of this store's sandboxes belongs to nothing any more.</summary>
[Cmdlet(VerbsCommon.Remove, "OcOrphan", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
[Alias("roco")]
public sealed class RemoveOcOrphanCommand : OpenCodeCmdlet
{
    private SandboxOrphan? _present;

    /// <summary>What to remove, as Get-OcOrphan gave it; everything it would give when left out.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    public SandboxOrphan[]? InputObject { get; set; }

    /// <inheritdoc />
    private protected override object? Subject => _present;

    /// <inheritdoc />
    private protected override void Process()
    {
        if (InputObject is null && MyInvocation.ExpectingInput)
        {
            return; // a pipeline that brings nothing is not asked to remove everything
        }

        foreach (var orphan in InputObject ?? Await((runtime, token) => runtime.Sweep.OrphansAsync(token)))
        {
            _present = orphan;
            if (!Approved($"Remove the {orphan.Kind.ToString().ToLowerInvariant()} '{orphan.Name}': {orphan.Reason.TrimEnd('.')}"))
            {
                continue;
            }

            try
            {
                Remove(orphan);
            }
            catch (OpenCodeException e)
            {
                // One that cannot be removed does not keep the others.
                WriteFailure(e);
            }
        }
    }

    private void Remove(SandboxOrphan orphan)
    {
        if (Await((runtime, token) => runtime.Sweep.RemoveAsync(orphan, token)))
        {
            Tell($"Removed the {orphan.Kind} '{orphan.Name}'.");
        }
        else
        {
            WriteWarning($"The {orphan.Kind.ToString().ToLowerInvariant()} '{orphan.Name}' was left: it belongs to something now, or is in use, or is gone.");
        }
    }
}
