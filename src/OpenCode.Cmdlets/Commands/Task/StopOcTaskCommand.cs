using System.Management.Automation;
using OpenCode.Cmdlets.Completion;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Cancels a pending or running task. It can be resumed.</summary>
[Cmdlet(VerbsLifecycle.Stop, "OcTask", SupportsShouldProcess = true)]
[OutputType(typeof(AgentTask))]
[Alias("spoct")]
[ActsOn(AgentTaskStatus.Running, AgentTaskStatus.Pending)]
public sealed class StopOcTaskCommand : ActingCmdlet
{
    /// <summary>Why.</summary>
    [Parameter(Position = 1)]
    public string? Reason { get; set; }

    /// <inheritdoc />
    private protected override string? Second => nameof(Reason);

    /// <inheritdoc />
    private protected override void TakeSecond(object given) => Reason = given.ToString();

    /// <inheritdoc />
    private protected override string? Activity => "Cancelling tasks";

    /// <inheritdoc />
    private protected override void ProcessTask()
    {
        var (task, actor) = (Task.Require(), Actor);
        if (Approved($"Cancel the task '{task}'"))
        {
            var cancelled = Await((runtime, token) => runtime.Tasks.CancelAsync(task, Reason, actor, token));
            Tell($"Cancelled the task '{cancelled.Id}' (version {cancelled.Version}) {InWhoseName}.");
            Write(cancelled);
        }
    }
}
