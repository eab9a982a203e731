using System.Text.Json.Nodes;
using OpenCode.Common;

namespace OpenCode.McpHost.Tools;

internal sealed class GetDecisions() : TaskTool(
    "get_decisions",
    "Read a task's decisions",
    "Gives the newest decisions of a task, in order, with their reasons. Use it when you take a task up, before you choose another way.")
{
    protected override IReadOnlyList<Parameter> Takes { get; } =
    [
        TaskId,
        AgentId with { Required = false, Description = "Only this agent's" },
        new NumberParameter("last", 1, 1000, 50),
    ];

    public override bool ReadOnly => true;

    protected override string Gives => """
        {"taskId":{"type":"string"},"decisions":{"type":"array","items":{"type":"object"}},"returned":{"type":"integer"}}
        """;

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var task = await call.Runtime.Tasks.GetAsync(call.Input.Get<string>("taskId"), cancellationToken).ConfigureAwait(false);
        var agent = call.Input.Find<string>("agentId") is { } given ? Input.Agent(given) : null;
        var found = await call.Runtime.Memory.DecisionsAsync(task.Id, agent, (int)(call.Input.Number("last") ?? 50), cancellationToken).ConfigureAwait(false);
        var decisions = AnswerJson.Newest(found, MemoryJson.Of);
        return new JsonObject { ["success"] = true, ["taskId"] = task.Id, ["decisions"] = decisions, ["returned"] = decisions.Count };
    }

    public override string Describe(JsonObject answer) => AnswerJson.Shown(
        $"{answer["returned"]} decisions of task {answer["taskId"]}:",
        answer["decisions"]!.AsArray().Select(decision => $"{decision!["timestamp"]} {decision["agentId"]}: {decision["decision"]}{(decision["reasoning"] is { } why ? $"\n  because {why}" : "")}"));
}
