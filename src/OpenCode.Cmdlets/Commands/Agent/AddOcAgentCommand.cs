using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Attaches an agent to a task and starts it when it is pending. Gives the agent's lease with its fence.</summary>
[Cmdlet(VerbsCommon.Add, "OcAgent", SupportsShouldProcess = true)]
[OutputType(typeof(Lease))]
[Alias("aoca")]
[ActsOn(AgentTaskStatus.Pending, AgentTaskStatus.Running)]
[Attaches]
public sealed class AddOcAgentCommand : TaskCmdlet
{
    /// <summary>The agent.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AgentCompleter))]
    public string? Agent { get; set; }

    /// <summary>How long the lease lasts from the last call in the agent's name; left out, as configured.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? LeaseSeconds { get; set; }

    /// <summary>A lease that does not end by itself.</summary>
    [Parameter]
    public SwitchParameter NoExpiry { get; set; }

    /// <summary>How long to wait while another agent has the task; 0 fails at once.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int WaitSeconds { get; set; }

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

        if (NoExpiry && LeaseSeconds is not null)
        {
            Refuse("-NoExpiry and -LeaseSeconds exclude each other. Give one of them.");
        }

        var task = Task.Require();
        var request = new AttachRequest(Agent!)
        {
            Lease = LeaseSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            NoExpiry = NoExpiry,
            Wait = TimeSpan.FromSeconds(WaitSeconds),
        };
        if (Approved($"Attach the agent '{Agent}' to the task '{task}', starting the task when it is pending"))
        {
            var lease = Await((runtime, token) => runtime.Tasks.AttachAsync(task, request, token));
            Tell($"Attached the agent '{lease.Owner}' to '{lease.Resource}' with fence {lease.Fence}, {(lease.ExpiresAt is { } end ? $"until {end:u} unless renewed" : "without an end")}.");
            Write(lease);
        }
    }
}
