using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Cmdlets.Identities;

namespace OpenCode.Cmdlets;

/// <summary>A cmdlet about one checkpoint. The task need not be given: it is found from the checkpoint.</summary>
public abstract class CheckpointCmdlet : TaskCmdlet
{
    /// <summary>The task: its id, a unique prefix of the id, or the task itself. Left out, it is found from the checkpoint.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("TaskId", "Id")]
    [ValidateNotNull]
    [ConvertTo(typeof(TaskIdentity))]
    [ArgumentCompleter(typeof(TaskCompleter))]
    public override TaskIdentity Task { get; set; } = null!;

    /// <summary>The checkpoint: its id, a unique prefix of the id, or the checkpoint itself.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("CheckpointId")]
    [ValidateNotNull]
    [ConvertTo(typeof(CheckpointIdentity))]
    [ArgumentCompleter(typeof(CheckpointCompleter))]
    public CheckpointIdentity? Checkpoint { get; set; }

    /// <inheritdoc />
    private protected sealed override string? Second => nameof(Checkpoint);

    /// <inheritdoc />
    private protected sealed override void TakeSecond(object given) => Checkpoint = new CheckpointIdentity(given);

    /// <inheritdoc />
    private protected sealed override void ProcessTask()
    {
        if (Checkpoint is not null)
        {
            // An object of the pipeline that names a checkpoint and no task is bound to the task as well.
            var without = Task is null || (!Task.NamesTask && Task.Given is PSObject given && (given.Properties["CheckpointId"] ?? given.Properties[nameof(Checkpoint)]) is not null);
            ProcessCheckpoint(without ? null : Task!.Require(), Checkpoint.Require());
            return;
        }

        switch (Task?.Given)
        {
            case Checkpoint checkpoint: ProcessCheckpoint(checkpoint.TaskId, checkpoint.Id); break;

            // One text alone can only be the checkpoint.
            case string id: ProcessCheckpoint(null, id); break;

            // What came through the pipeline may be anything, and the next may be a checkpoint.
            case { } other when !Task.NamesTask: _ = new CheckpointIdentity(other).Require(); break;
            default: Refuse("No checkpoint was given. Give -Checkpoint; Get-OcCheckpoint lists what there is."); break;
        }
    }

    /// <summary>Does the cmdlet's work.</summary>
    private protected abstract void ProcessCheckpoint(string? task, string checkpoint);
}
