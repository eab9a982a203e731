using System.Text.Json.Nodes;
using OpenCode.Common;

namespace OpenCode.McpHost.Tools;

internal sealed class CancelExecution() : TaskTool(
    "cancel_execution",
    "End a command",
    "Ends a running command with everything it started, whichever host runs it, and waits up to waitMs for that. One that has ended stays as it is.")
{
    private const int Wait = 30_000;

    protected override IReadOnlyList<Parameter> Takes { get; } = [TaskId, ExecutionId, new TextParameter("reason", Input.TextBytes), new NumberParameter("waitMs", 0, ClaimTask.MostWait, Wait)];

    protected override bool Destructive => true;

    protected override bool Idempotent => true;

    public override bool Remembers => false;

    protected override string Gives => """
        {"taskId":{"type":"string"},"executionId":{"type":"string"},"status":{"type":"string"},"exitCode":{"type":["integer","null"]},"reason":{"type":["string","null"]}}
        """;

    public override TimeSpan Patience(ToolInput input) => TimeSpan.FromMilliseconds(input.Number("waitMs") ?? Wait);

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var execution = await call.Runtime.Executions.CancelAsync(
            call.Input.Get<string>("taskId"),
            call.Input.Get<string>("executionId"),
            call.Input.Find<string>("reason"),
            TimeSpan.FromMilliseconds(call.Input.Number("waitMs") ?? Wait),
            cancellationToken).ConfigureAwait(false);
        return new JsonObject
        {
            ["success"] = true,
            ["taskId"] = execution.TaskId,
            ["executionId"] = execution.Id,
            ["status"] = TaskJson.Word(execution.Status),
            ["exitCode"] = execution.ExitCode,
            ["reason"] = execution.Reason,
        };
    }

    public override string Describe(JsonObject answer) => answer["status"]!.GetValue<string>() switch
    {
        "running" => $"{answer["executionId"]} is to end, and runs yet.",
        "exited" => $"{answer["executionId"]} has ended by itself with exit code {answer["exitCode"]}.",
        var status => $"{answer["executionId"]}: {status}{(answer["reason"] is { } reason ? $", {reason}" : "")}.",
    };
}
