using System.Text.Json.Nodes;

namespace OpenCode.McpHost.Tools;

internal sealed class DetachAgentFromTask() : TaskTool(
    "detach_agent_from_task",
    "Detach an agent",
    "Gives an agent's lease back when it stops working on a task, so that another agent can attach. The task's status stays as it is.")
{
    protected override IReadOnlyList<Parameter> Takes { get; } = [TaskId, AgentId];

    protected override bool Idempotent => true;

    protected override string Gives => """
        {"taskId":{"type":"string"},"agentId":{"type":"string"},"detached":{"type":"boolean"}}
        """;

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var agent = call.Input.Get<string>("agentId");
        var task = await call.Runtime.Tasks.DetachAsync(call.Input.Get<string>("taskId"), agent, fence: null, cancellationToken).ConfigureAwait(false);
        return new JsonObject { ["success"] = true, ["taskId"] = task.Id, ["agentId"] = agent, ["detached"] = true };
    }

    public override string Describe(JsonObject answer) => $"Agent {answer["agentId"]} is no longer attached to task {answer["taskId"]}.";
}
