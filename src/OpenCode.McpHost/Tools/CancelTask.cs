using System.Text.Json.Nodes;
using OpenCode.Common;

namespace OpenCode.McpHost.Tools;

internal sealed class CancelTask() : TaskTool(
    "cancel_task",
    "Cancel a task",
    "Stops a pending or running task for good reason; its agents lose their leases, its memory stays. Use it when the work is no longer wanted.")
{
    protected override IReadOnlyList<Parameter> Takes { get; } = [TaskId, new TextParameter("reason", Input.TextBytes)];

    protected override bool Destructive => true;

    protected override bool Idempotent => true;

    protected override string Gives => TaskReading.Gives;

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken) =>
        TaskReading.Answer(await call.Runtime.Tasks.CancelAsync(call.Input.Get<string>("taskId"), call.Input.Find<string>("reason"), Actor.Operator, cancellationToken).ConfigureAwait(false));

    public override string Describe(JsonObject answer) => TaskReading.Describe(answer);
}
