using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Cmdlets.Identities;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Takes a pending, failed or cancelled task up again, from where it was or from a checkpoint.</summary>
[Cmdlet(VerbsLifecycle.Resume, "OcTask", SupportsShouldProcess = true)]
[OutputType(typeof(AgentTask))]
[Alias("ruoct")]
[ActsOn(AgentTaskStatus.Pending, AgentTaskStatus.Failed, AgentTaskStatus.Cancelled)]
[Attaches]
public sealed class ResumeOcTaskCommand : TaskCmdlet
{
    /// <summary>The task; with -Checkpoint it need not be given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("TaskId", "Id")]
    [ValidateNotNull]
    [ConvertTo(typeof(TaskIdentity))]
    [ArgumentCompleter(typeof(TaskCompleter))]
    public override TaskIdentity Task { get; set; } = null!;

    /// <summary>The agent that is attached in the same moment; without it, the operator resumes.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AgentCompleter))]
    public string? Agent { get; set; }

    /// <summary>The checkpoint to restore first.</summary>
    [Parameter]
    [ValidateNotNull]
    [ConvertTo(typeof(CheckpointIdentity))]
    [ArgumentCompleter(typeof(CheckpointCompleter))]
    public CheckpointIdentity? Checkpoint { get; set; }

    /// <summary>How long the agent's lease lasts from its last call; left out, as configured.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? LeaseSeconds { get; set; }

    /// <inheritdoc />
    private protected override string? Second => nameof(Agent);

    /// <inheritdoc />
    private protected override void TakeSecond(object given) => Agent = given.ToString();

    /// <inheritdoc />
    private protected override void ProcessTask()
    {
        var from = Checkpoint ?? CheckpointIdentity.GivenAs(Task);
        if (from is null && Task is null)
        {
            Refuse("Neither a task nor a checkpoint was given. Give -Task, -Checkpoint, or both.");
        }

        var request = new ResumeRequest
        {
            Task = Task?.Require(),
            Checkpoint = from?.Require(),
            Agent = Agent,
            Lease = LeaseSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        };
        var what = request.Task is null ? "the task" : $"the task '{request.Task}'";
        if (Approved(request.Checkpoint is null ? $"Resume {what}" : $"Save {what} as it is to a checkpoint, restore the checkpoint '{request.Checkpoint}', and resume"))
        {
            var resumed = Await((runtime, token) => runtime.Tasks.ResumeAsync(request, token));
            Tell($"Resumed the task '{resumed.Id}' (version {resumed.Version}, attempt {resumed.Attempt}){(Agent is null ? "" : $" with agent '{Agent}'")}.");
            Write(resumed);
        }
    }
}
