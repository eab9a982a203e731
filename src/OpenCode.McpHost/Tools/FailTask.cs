using System.Text.Json.Nodes;
using OpenCode.Common;

namespace OpenCode.McpHost.Tools;

internal sealed class FailTask() : TaskTool(
    "fail_task",
    "Fail a task",
    "Ends a running task that cannot be done, saying why; its agents' leases end, its memory stays. resume_task takes it up again.")
{
    protected override IReadOnlyList<Parameter> Takes { get; } = [TaskId, new TextParameter("error", Input.TextBytes, "What went wrong") { Required = true }, Ending.Data, Ending.Message, Agent, Fence];

    protected override bool Idempotent => true;

    protected override string Gives => TaskReading.Gives;

    public override Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var (data, message) = Ending.Of(call.Input);
        var error = call.Input.Get<string>("error");
        var result = new TaskResult(false, data, message, error);
        return Ending.OnceAsync(call, AgentTaskStatus.Failed, result, call.Runtime.Tasks.FailAsync(call.Input.Get<string>("taskId"), error, data, message, ActorOf(call.Input), cancellationToken), cancellationToken);
    }

    public override string Describe(JsonObject answer) => TaskReading.Describe(answer);
}
