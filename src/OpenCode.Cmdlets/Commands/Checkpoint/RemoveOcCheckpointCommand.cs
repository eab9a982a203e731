using System.Management.Automation;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Deletes a checkpoint.</summary>
[Cmdlet(VerbsCommon.Remove, "OcCheckpoint", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
[Alias("rocc")]
public sealed class RemoveOcCheckpointCommand : CheckpointCmdlet
{
    /// <inheritdoc />
    private protected override void ProcessCheckpoint(string? task, string checkpoint)
    {
        if (Approved($"Delete the checkpoint '{checkpoint}'"))
        {
            Await((runtime, token) => runtime.Checkpoints.RemoveAsync(task, checkpoint, token));
            Tell($"Deleted the checkpoint '{checkpoint}'.");
        }
    }
}
