using System.Management.Automation;
using OpenCode.Cmdlets.Completion;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Detaches an agent from a task. A running task without agents is pending again.</summary>
[Cmdlet(VerbsCommon.Remove, "OcAgent", SupportsShouldProcess = true)]
[OutputType(typeof(AgentTask))]
[ActsOn(AgentTaskStatus.Running)]
[Alias("roca")]
public sealed class RemoveOcAgentCommand : TaskCmdlet
{
    /// <summary>The agent.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AgentCompleter))]
    public string? Agent { get; set; }

    /// <summary>The fence of the agent's lease; nothing is done when it is no longer the present one.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public long? Fence { get; set; }

    /// <summary>Writes the task as it is afterwards.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc />
    private protected override string? Second => nameof(Agent);

    /// <inheritdoc />
    private protected override void TakeSecond(object given) => Agent = given.ToString();

    /// <inheritdoc />
    private protected override void ProcessTask()
    {
        if (Agent is null)
        {
            Refuse("No agent was named. Give -Agent.");
        }

        var task = Task.Require();
        if (Approved($"Detach the agent '{Agent}' from the task '{task}'"))
        {
            var detached = Await((runtime, token) => runtime.Tasks.DetachAsync(task, Agent!, Fence, token));
            Tell($"Detached the agent '{Agent}' from the task '{detached.Id}' (version {detached.Version}).");
            if (PassThru)
            {
                Write(detached);
            }
        }
    }
}
