using System.Text.Json;
using System.Text.Json.Nodes;

namespace OpenCode.McpHost.Tools;

internal sealed class GetTaskStatus() : TaskTool(
    "get_task_status",
    "Get a task",
    "Gives one task whole: status, agents, owner, metadata, result, version. Use it before you change a task, and after a failed call."), IDirectTool
{
    public override bool ReadOnly => true;

    protected override IReadOnlyList<Parameter> Takes { get; } = [TaskId];

    protected override string Gives => TaskReading.Gives;

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken) =>
        TaskReading.Answer(await FindAsync(call, cancellationToken).ConfigureAwait(false));

    public async Task<(JsonElement Structured, string Text)> AnswerAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var answer = TaskReading.Element(await FindAsync(call, cancellationToken).ConfigureAwait(false));
        return (answer, TaskReading.Describe(answer));
    }

    public override string Describe(JsonObject answer) => TaskReading.Describe(answer);

    private static ValueTask<AgentTask> FindAsync(ToolCall call, CancellationToken cancellationToken) => call.Runtime.Tasks.GetAsync(call.Input.Get<string>("taskId"), cancellationToken);
}
