using System.Management.Automation;
using OpenCode.Cmdlets.Completion;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Says that an agent is alive: renews its lease on a task, keeps what it says of its progress, and tells whether it still has the task.</summary>
[Cmdlet(VerbsCommunications.Send, "OcHeartbeat", SupportsShouldProcess = true)]
[OutputType(typeof(AgentHeartbeat))]
[Alias("sdoch")]
[ActsOn(AgentTaskStatus.Running)]
public sealed class SendOcHeartbeatCommand : ActingCmdlet
{
    /// <summary>What the agent does, in up to 4,000 characters; left out, what it said before stays.</summary>
    [Parameter(Position = 1)]
    public string? Progress { get; set; }

    /// <inheritdoc />
    private protected override string? Second => nameof(Progress);

    /// <inheritdoc />
    private protected override void TakeSecond(object given) => Progress = given.ToString();

    /// <inheritdoc />
    private protected override void ProcessTask()
    {
        if (Agent is null)
        {
            Refuse("No agent was named. Give -Agent, or send the claim or lease through the pipeline.");
        }

        var (task, actor) = (Task.Require(), Actor);
        if (Approved($"Renew the lease of the agent '{Agent}' on the task '{task}'"))
        {
            var answer = Await((runtime, token) => runtime.Tasks.HeartbeatAsync(task, actor, Progress, token));
            Tell($"The task '{answer.TaskId}' is {answer.Status}, and the agent '{answer.AgentId}' {(answer.Attached ? "has it" : "does not have it any more")}.");
            Write(answer);
        }
    }
}
