using System.Text.Json.Nodes;
using OpenCode.Common;
using OpenCode.Tasks;

namespace OpenCode.McpHost.Tools;

internal sealed class RecordDecision() : TaskTool(
    "record_decision",
    "Write a decision down",
    "Keeps a choice that was made and why, for whoever takes the task up after you. Use it when you settle on an approach, reject one, or accept a risk.")
{
    protected override IReadOnlyList<Parameter> Takes { get; } =
    [
        TaskId,
        new TextParameter("decision", Input.TextBytes) { Required = true },
        new TextParameter("reasoning", Input.TextBytes),
        new MapParameter("metadata"),
        Agent,
        Fence,
    ];

    protected override string Gives => """
        {"taskId":{"type":"string"},"decision":{"type":"object"}}
        """;

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var id = (await call.Runtime.Tasks.GetAsync(call.Input.Get<string>("taskId"), cancellationToken).ConfigureAwait(false)).Id;
        var actor = ActorOf(call.Input);
        var decision = new NewDecision(actor.Agent ?? TaskMemory.Operator, call.Input.Get<string>("decision"))
        {
            Reasoning = call.Input.Find<string>("reasoning"),
            Metadata = call.Input.Find<JsonMap>("metadata"),
        };
        var written = await WrittenAsync(call, id, decision, cancellationToken).ConfigureAwait(false)
            ?? await call.Runtime.Memory.DecideAsync(id, decision, actor.Fence, cancellationToken).ConfigureAwait(false);
        return new JsonObject { ["success"] = true, ["taskId"] = id, ["decision"] = MemoryJson.Of(written) };
    }

    public override string Describe(JsonObject answer) => $"Kept among the decisions of task {answer["taskId"]} at {answer["decision"]!["timestamp"]}.";

    // That of a host that died after it had written it, and before it could say so.
    private static async Task<Decision?> WrittenAsync(ToolCall call, string id, NewDecision decision, CancellationToken cancellationToken) => call.Resumed
        ? (await call.Runtime.Memory.DecisionsAsync(id, decision.AgentId, null, cancellationToken).ConfigureAwait(false))
            .FirstOrDefault(known => known.Timestamp > call.BeforeRequest && known.Text == decision.Text && known.Reasoning == decision.Reasoning)
        : null;
}
