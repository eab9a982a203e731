using System.Text.Json.Nodes;
using OpenCode.Common;
using OpenCode.Tasks;

namespace OpenCode.McpHost.Tools;

internal sealed class ResumeTask() : TaskTool(
    "resume_task",
    "Take a task up again",
    "Makes a pending, failed or cancelled task running again, from a checkpoint when one is named; with agentId it is leased to that agent. Use it to go on after a failure.")
{
    protected override IReadOnlyList<Parameter> Takes { get; } =
    [
        TaskId with { Required = false, Description = "Or checkpointId alone" },
        CheckpointId with { Required = false },
        AgentId with { Required = false },
        new NumberParameter("leaseSeconds", 1, 30 * 86_400, Description: "Default 1800"),
    ];

    protected override string Gives => """
        {"taskId":{"type":"string"},"status":{"type":"string"},"task":{"type":"object"},"fence":{"type":["integer","null"]},"expiresAt":{"type":["string","null"]}}
        """;

    public override McpScope ScopeOf(ToolInput input) => input.Find<string>("checkpointId") is null ? Scope : McpScope.Admin;

    public override Task<(string TaskId, string Question)?> QuestionAsync(ToolCall call, CancellationToken cancellationToken) => call.Input.Find<string>("checkpointId") is { } checkpoint
        ? Restoring.QuestionAsync(call, call.Input.Find<string>("taskId"), checkpoint, cancellationToken)
        : Task.FromResult<(string, string)?>(null);

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var agent = call.Input.Find<string>("agentId");
        var request = new ResumeRequest
        {
            Task = call.Input.Find<string>("taskId"),
            Checkpoint = call.Input.Find<string>("checkpointId"),
            Agent = agent,
            Lease = call.Input.Number("leaseSeconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        };
        if (request.Lease is not null && agent is null)
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, "A leaseSeconds was given without an agentId. Name the agent that is to have the lease.", "leaseSeconds");
        }

        var task = await ResumeOnceAsync(call, request, cancellationToken).ConfigureAwait(false);
        var lease = agent is null ? null : await LeaseAsync(call, task.Id, agent, cancellationToken).ConfigureAwait(false);
        var answer = TaskReading.Answer(task);
        answer["fence"] = lease?.Fence;
        answer["expiresAt"] = lease?.ExpiresAt is { } end ? TaskJson.Time(end) : null;
        return answer;
    }

    public override string Describe(JsonObject answer) =>
        TaskReading.Describe(answer) + (answer["fence"] is { } fence ? $"\nYour fence is {fence}, until {answer["expiresAt"]?.ToString() ?? "you detach"} unless renewed." : "");

    private static async Task<AgentTask> ResumeOnceAsync(ToolCall call, ResumeRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await call.Runtime.Tasks.ResumeAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.InvalidTransition && call.Resumed && request.Task is not null)
        {
            var task = await call.Runtime.Tasks.GetAsync(request.Task, cancellationToken).ConfigureAwait(false);
            if (task.Status is AgentTaskStatus.Running && task.StartedAt >= call.RequestedAt && (request.Agent is null || task.Agents.Contains(request.Agent)))
            {
                return task; // resumed by the host that died before it could say so
            }

            throw;
        }
    }

    private static async Task<TaskAgent?> LeaseAsync(ToolCall call, string id, string agent, CancellationToken cancellationToken) =>
        await call.Runtime.Tasks.AgentsAsync(agent, id, cancellationToken).FirstOrDefaultAsync(attached => attached.TaskId == id, cancellationToken).ConfigureAwait(false);
}
