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

    public async Task<DirectAnswer> AnswerAsync(ToolCall call, CancellationToken cancellationToken) => TaskReading.Direct(await FindAsync(call, cancellationToken).ConfigureAwait(false));

    public DirectAnswer? AnswerNow(ToolCall call) => call.Runtime.Tasks.GetNow(Id(call)) is { } task ? TaskReading.Direct(task) : null;

    public override string Describe(JsonObject answer) => TaskReading.Describe(answer);

    private static string Id(ToolCall call) => call.Input.Get<string>("taskId");

    private static ValueTask<AgentTask> FindAsync(ToolCall call, CancellationToken cancellationToken) => call.Runtime.Tasks.GetAsync(Id(call), cancellationToken);
}
