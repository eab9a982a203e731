using System.Management.Automation;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Takes a checkpoint of a task: a point in time it can go back to.</summary>
[Cmdlet(VerbsCommon.New, "OcCheckpoint", SupportsShouldProcess = true)]
[OutputType(typeof(Checkpoint))]
[Alias("nocc")]
public sealed class NewOcCheckpointCommand : ActingCmdlet
{
    /// <summary>What it is for.</summary>
    [Parameter(Position = 1)]
    public string? Description { get; set; }

    /// <inheritdoc />
    private protected override string? Second => nameof(Description);

    /// <inheritdoc />
    private protected override void TakeSecond(object given) => Description = given.ToString();

    /// <inheritdoc />
    private protected override string? Activity => "Taking checkpoints";

    /// <inheritdoc />
    private protected override void ProcessTask()
    {
        var (task, actor) = (Task.Require(), Actor);
        if (Approved($"Take a checkpoint of the task '{task}'"))
        {
            var taken = Await((runtime, token) => runtime.Checkpoints.CreateAsync(task, Description, actor, token));
            Tell($"Took the checkpoint '{taken.Id}' of the task '{taken.TaskId}' {InWhoseName}: {taken.Files.Count} files, {taken.Files.Sum(static f => f.Bytes)} bytes.");
            Write(taken);
        }
    }
}
