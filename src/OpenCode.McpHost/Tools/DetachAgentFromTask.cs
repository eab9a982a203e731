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
        var task = await DetachOnceAsync(call, call.Input.Get<string>("taskId"), agent, cancellationToken).ConfigureAwait(false);
        return new JsonObject { ["success"] = true, ["taskId"] = task.Id, ["agentId"] = agent, ["detached"] = true };
    }

    public override string Describe(JsonObject answer) => $"Agent {answer["agentId"]} is no longer attached to task {answer["taskId"]}.";

    private static async Task<AgentTask> DetachOnceAsync(ToolCall call, string id, string agent, CancellationToken cancellationToken)
    {
        try
        {
            return await call.Runtime.Tasks.DetachAsync(id, agent, fence: null, cancellationToken).ConfigureAwait(false);
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.AgentNotAttached && call.Resumed)
        {
            return await call.Runtime.Tasks.GetAsync(id, cancellationToken).ConfigureAwait(false); // detached by the host that died before it could say so
        }
    }
}
