using System.Text.Json.Nodes;
using OpenCode.Common;
using OpenCode.Tasks;

namespace OpenCode.McpHost.Tools;

internal sealed class AttachAgentToTask() : TaskTool(
    "attach_agent_to_task",
    "Attach an agent",
    "Claims a task for an agent; the first agent starts it. Gives a lease with a fence: pass agentId and fence to execute_in_task. Calls in the agent's name renew the lease. An exclusive task that another agent has fails with LockHeld.")
{
    protected override IReadOnlyList<Parameter> Takes { get; } =
    [
        TaskId,
        AgentId,
        new NumberParameter("leaseSeconds", 1, 30 * 86_400, Description: "Default 1800, from the last call"),
    ];

    protected override string Gives => """
        {"taskId":{"type":"string"},"agentId":{"type":"string"},"attached":{"type":"boolean"},"fence":{"type":"integer"},"expiresAt":{"type":["string","null"]}}
        """;

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var agent = call.Input.Get<string>("agentId");
        var request = new AttachRequest(agent)
        {
            Lease = call.Input.Number("leaseSeconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        };
        var lease = await call.Runtime.Tasks.AttachAsync(call.Input.Get<string>("taskId"), request, cancellationToken).ConfigureAwait(false);
        return new JsonObject
        {
            ["success"] = true,
            ["taskId"] = lease.Resource[(lease.Resource.IndexOf(':', StringComparison.Ordinal) + 1)..],
            ["agentId"] = lease.Owner,
            ["attached"] = true,
            ["fence"] = lease.Fence,
            ["expiresAt"] = lease.ExpiresAt is { } end ? TaskJson.Time(end) : null,
        };
    }

    public override string Describe(JsonObject answer) =>
        $"Agent {answer["agentId"]} is attached to task {answer["taskId"]}, with fence {answer["fence"]}, until {answer["expiresAt"]?.ToString() ?? "it detaches"} unless renewed.";
}
