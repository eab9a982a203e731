using System.Text.Json.Nodes;

namespace OpenCode.McpHost.Tools;

internal sealed class CompleteTask() : TaskTool(
    "complete_task",
    "Complete a task",
    "Ends a running task with its result; its agents' leases end. Use it when the work is done and checked; fail_task when it cannot be done.")
{
    protected override IReadOnlyList<Parameter> Takes { get; } = [TaskId, Ending.Data, Ending.Message, Agent, Fence];

    protected override bool Idempotent => true;

    protected override string Gives => TaskReading.Gives;

    public override Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var (data, message) = Ending.Of(call.Input);
        var result = new TaskResult(true, data, message, null);
        return Ending.OnceAsync(call, AgentTaskStatus.Completed, result, call.Runtime.Tasks.CompleteAsync(call.Input.Get<string>("taskId"), data, message, ActorOf(call.Input), cancellationToken), cancellationToken);
    }

    public override string Describe(JsonObject answer) => TaskReading.Describe(answer);
}
