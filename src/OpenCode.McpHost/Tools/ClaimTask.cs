using System.Text.Json.Nodes;
using OpenCode.Common;
using OpenCode.Tasks;

namespace OpenCode.McpHost.Tools;

internal sealed class ClaimTask() : TaskTool(
    "claim_task",
    "Claim the next task",
    "Gives an agent the next task that is ready (highest priority, then oldest), started and leased to it; two agents never get the same. Use it instead of list_tasks and attach_agent_to_task when any task will do. claimed is false when none was ready within waitMs. Then work, heartbeat, and pass fence to execute_in_task.")
{
    /// <summary>The longest a tool waits.</summary>
    public const int MostWait = 300_000;

    protected override IReadOnlyList<Parameter> Takes { get; } =
    [
        AgentId,
        new TextParameter("owner", Input.AgentLength, "Only this owner's tasks"),
        new NumberParameter("leaseSeconds", 1, 30 * 86_400, Description: "Default 1800, from the last call"),
        new NumberParameter("waitMs", 0, MostWait, 0),
    ];

    protected override string Gives => """
        {"claimed":{"type":"boolean"},"taskId":{"type":["string","null"]},"task":{"type":["object","null"]},"fence":{"type":["integer","null"]},"expiresAt":{"type":["string","null"]}}
        """;

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var agent = call.Input.Get<string>("agentId");
        if (call.Resumed && await PresentAsync(call, call.PlannedId!, agent, cancellationToken).ConfigureAwait(false) is { } present)
        {
            // Claimed by the host that died before it could say so.
            return Answer(await call.Runtime.Tasks.GetAsync(present.TaskId, cancellationToken).ConfigureAwait(false), present.Fence, present.ExpiresAt);
        }

        var request = new ClaimRequest(agent)
        {
            Owner = call.Input.Find<string>("owner"),
            Lease = call.Input.Number("leaseSeconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            Wait = TimeSpan.FromMilliseconds(call.Input.Number("waitMs") ?? 0),
            RequestKey = call.Input.Find<string>(IdempotencyKey),
        };
        return await call.Runtime.Tasks.ClaimAsync(request, cancellationToken).ConfigureAwait(false) is { } claim
            ? Answer(claim.Task, claim.Fence, claim.ExpiresAt)
            : new JsonObject { ["success"] = true, ["claimed"] = false, ["taskId"] = null, ["task"] = null, ["fence"] = null, ["expiresAt"] = null };
    }

    /// <summary>A repeat of a claim that found nothing asks again: the first has changed nothing.</summary>
    public override bool IsKept(JsonObject answer) => answer["claimed"]!.GetValue<bool>();

    public override async Task CheckStandsAsync(ToolCall call, JsonObject answer, CancellationToken cancellationToken)
    {
        var (id, fence) = (answer["taskId"]!.GetValue<string>(), answer["fence"]!.GetValue<long>());
        if ((await PresentAsync(call, id, call.Input.Get<string>("agentId"), cancellationToken).ConfigureAwait(false))?.Fence != fence)
        {
            throw new OpenCodeException(
                OpenCodeError.LeaseLost,
                $"The first call with the idempotency key '{call.Input.Get<string>(IdempotencyKey)}' was given task '{id}' with fence {fence}; that lease has ended. Look at the task, or claim another with a new key.",
                id);
        }
    }

    public override string Describe(JsonObject answer) => answer["claimed"]!.GetValue<bool>()
        ? $"The task is yours, with fence {answer["fence"]}, until {answer["expiresAt"]?.ToString() ?? "you detach"} unless renewed.\n{TaskReading.Describe(answer)}"
        : "No task is ready. Call again later, or with waitMs.";

    private static JsonObject Answer(AgentTask task, long fence, DateTimeOffset? expiresAt) => new()
    {
        ["success"] = true,
        ["claimed"] = true,
        ["taskId"] = task.Id,
        ["task"] = TaskJson.Of(task),
        ["fence"] = fence,
        ["expiresAt"] = expiresAt is { } end ? TaskJson.Time(end) : null,
    };

    private static async Task<TaskAgent?> PresentAsync(ToolCall call, string id, string agent, CancellationToken cancellationToken)
    {
        try
        {
            return await call.Runtime.Tasks.AgentsAsync(agent, id, cancellationToken).FirstOrDefaultAsync(attached => attached.TaskId == id, cancellationToken).ConfigureAwait(false);
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.TaskNotFound)
        {
            return null;
        }
    }
}
