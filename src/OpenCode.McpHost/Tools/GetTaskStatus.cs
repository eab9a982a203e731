using System.Text.Json.Nodes;

namespace OpenCode.McpHost.Tools;

internal sealed class GetTaskStatus() : TaskTool(
    "get_task_status",
    "Get a task",
    "Gives one task whole: status, agents, owner, metadata, result, version. Use it before you change a task, and after a failed call.")
{
    public override bool ReadOnly => true;

    protected override IReadOnlyList<Parameter> Takes { get; } = [TaskId];

    protected override string Gives => TaskReading.Gives;

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken) =>
        TaskReading.Answer(await call.Runtime.Tasks.GetAsync(call.Input.Get<string>("taskId"), cancellationToken).ConfigureAwait(false));

    public override string Describe(JsonObject answer) => TaskReading.Describe(answer);
}
