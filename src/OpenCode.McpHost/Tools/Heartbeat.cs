using System.Text.Json.Nodes;
using OpenCode.Common;
using OpenCode.Tasks;

namespace OpenCode.McpHost.Tools;

internal sealed class Heartbeat() : TaskTool(
    "heartbeat",
    "Say that an agent is alive",
    "Renews an agent's lease on its task and keeps a note of its progress. Call it every few minutes while you work. The answer says stop when the task was cancelled or finished by somebody else.")
{
    protected override IReadOnlyList<Parameter> Takes { get; } =
    [
        TaskId,
        AgentId,
        new NumberParameter("fence", 0, long.MaxValue, Description: "From claim_task or attach_agent_to_task"),
        new TextParameter("progress", TaskService.ProgressLength),
    ];

    // An answer of an earlier moment would say that the lease was renewed when it was not.
    public override bool Remembers => false;

    protected override bool Idempotent => true;

    // Not "error": that is a failed call's.
    protected override string Gives => """
        {"taskId":{"type":"string"},"agentId":{"type":"string"},"status":{"type":"string"},"attached":{"type":"boolean"},"fence":{"type":["integer","null"]},"expiresAt":{"type":["string","null"]},"reason":{"type":["string","null"],"description":"Why it failed or was cancelled"}}
        """;

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var actor = Actor.Of(call.Input.Get<string>("agentId"), call.Input.Number("fence"));
        var beat = await call.Runtime.Tasks.HeartbeatAsync(call.Input.Get<string>("taskId"), actor, call.Input.Find<string>("progress"), cancellationToken).ConfigureAwait(false);
        return new JsonObject
        {
            ["success"] = true,
            ["taskId"] = beat.TaskId,
            ["agentId"] = beat.AgentId,
            ["status"] = TaskJson.Word(beat.Status),
            ["attached"] = beat.Attached,
            ["fence"] = beat.Fence,
            ["expiresAt"] = beat.ExpiresAt is { } end ? TaskJson.Time(end) : null,
            ["reason"] = beat.Error,
        };
    }

    public override string Describe(JsonObject answer)
    {
        if (answer["attached"]!.GetValue<bool>())
        {
            return $"Agent {answer["agentId"]} has task {answer["taskId"]}, with fence {answer["fence"]}, until {answer["expiresAt"]?.ToString() ?? "it detaches"} unless renewed.";
        }

        var status = answer["status"]!.GetValue<string>();
        var end = status == "cancelled" ? "was cancelled" : $"is {status} already";
        return $"Stop: the task {end}{(answer["reason"] is { } reason ? $": {reason}" : ".")}";
    }
}
