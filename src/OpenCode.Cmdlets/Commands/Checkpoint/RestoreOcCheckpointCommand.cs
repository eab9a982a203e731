using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Common;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Puts a task's state, log and decisions back to a checkpoint. What was there before is kept in a new checkpoint; the task is pending.</summary>
[Cmdlet(VerbsData.Restore, "OcCheckpoint", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(RestoreOutcome))]
[Alias("rrocc")]
public sealed class RestoreOcCheckpointCommand : CheckpointCmdlet
{
    /// <summary>The agent in whose name it is done; without it, the operator does it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AgentCompleter))]
    public string? Agent { get; set; }

    /// <summary>The fence of the agent's lease; nothing is restored when it is no longer the present one.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public long? Fence { get; set; }

    /// <inheritdoc />
    private protected override void ProcessCheckpoint(string? task, string checkpoint)
    {
        var actor = Actor.Of(Agent, Fence);
        var what = task is null ? "its task" : $"the task '{task}'";
        if (Approved($"Save {what} as it is to a new checkpoint, and replace its state, log and decisions by those of the checkpoint '{checkpoint}'"))
        {
            var outcome = Await((runtime, token) => runtime.Checkpoints.RestoreAsync(task, checkpoint, actor, token));
            Tell($"Restored the task '{outcome.Task.Id}' (version {outcome.Task.Version}) from the checkpoint '{outcome.Restored.Id}'; what was there before is in '{outcome.SavedAs.Id}'.");
            Write(outcome);
        }
    }
}
