using System.Text.Json.Nodes;

namespace OpenCode.McpHost.Tools;

internal sealed class GetExecution() : TaskTool(
    "get_execution",
    "Look at a command",
    "Tells how a command stands that was run in the background, by whichever host, waiting up to waitMs for its end. While it runs, stdout has its output so far, both streams as they came. lost means that the host that ran it is gone.")
{
    protected override IReadOnlyList<Parameter> Takes { get; } = [TaskId, ExecutionId, new NumberParameter("waitMs", 0, ClaimTask.MostWait, 0)];

    public override bool ReadOnly => true;

    protected override string Gives => ExecutionReading.GivesWithReason;

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken) => ExecutionReading.AnswerWithReason(
        await call.Runtime.Executions.GetAsync(call.Input.Get<string>("taskId"), call.Input.Get<string>("executionId"), TimeSpan.FromMilliseconds(call.Input.Number("waitMs") ?? 0), cancellationToken).ConfigureAwait(false));

    public override string Describe(JsonObject answer) => ExecutionReading.Describe(answer);
}
