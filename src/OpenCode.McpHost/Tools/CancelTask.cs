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

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var id = call.Input.Get<string>("taskId");
        try
        {
            return TaskReading.Answer(await call.Runtime.Tasks.CancelAsync(id, call.Input.Find<string>("reason"), Actor.Operator, cancellationToken).ConfigureAwait(false));
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.InvalidTransition && call.Resumed)
        {
            var task = await call.Runtime.Tasks.GetAsync(id, cancellationToken).ConfigureAwait(false);
            if (task.Status is AgentTaskStatus.Cancelled)
            {
                return TaskReading.Answer(task); // cancelled by the host that died before it could say so
            }

            throw;
        }
    }

    public override string Describe(JsonObject answer) => TaskReading.Describe(answer);
}
