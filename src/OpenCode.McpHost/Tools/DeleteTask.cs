using System.Text.Json.Nodes;
using OpenCode.Common;
using OpenCode.Tasks;

namespace OpenCode.McpHost.Tools;

internal sealed class DeleteTask() : TaskTool(
    "delete_task",
    "Delete a task",
    "Removes a task with its sandbox, workspace, memory and checkpoints; nothing brings it back. A running task needs force, which cancels it first.")
{
    protected override IReadOnlyList<Parameter> Takes { get; } = [TaskId, new FlagParameter("force")];

    public override McpScope Scope => McpScope.Admin;

    protected override bool Destructive => true;

    protected override bool Idempotent => true;

    protected override string Gives => """
        {"taskId":{"type":"string"},"message":{"type":"string"}}
        """;

    public override async Task<(string TaskId, string Question)?> QuestionAsync(ToolCall call, CancellationToken cancellationToken)
    {
        try
        {
            var task = await call.Runtime.Tasks.GetAsync(call.Input.Get<string>("taskId"), cancellationToken).ConfigureAwait(false);
            return call.Input.Flag("force") && task.Status is AgentTaskStatus.Running
                ? (task.Id, $"Delete the running task {task.Id} {QuotedText.Of(task.Name)} of {QuotedText.Of(task.Owner)}{(task.Agents.Count > 0 ? $", on which {string.Join(", ", task.Agents.Select(QuotedText.Of))} works" : "")}? Its workspace, memory and checkpoints go with it, and nothing brings them back.")
                : null;
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.TaskNotFound)
        {
            return null; // told by the deletion itself
        }
    }

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var removal = await DeleteOnceAsync(call, call.Input.Get<string>("taskId"), cancellationToken).ConfigureAwait(false);
        var message = removal.Remaining is null ? $"Task {removal.TaskId} is deleted." : $"Task {removal.TaskId} is deleted. {removal.Remaining}";
        return new JsonObject { ["success"] = true, ["taskId"] = removal.TaskId, ["message"] = message };
    }

    public override string Describe(JsonObject answer) => answer["message"]!.GetValue<string>();

    private static async Task<TaskRemoval> DeleteOnceAsync(ToolCall call, string id, CancellationToken cancellationToken)
    {
        // One that was not running when the gate looked, and is now, was not asked about.
        var force = call.Input.Flag("force") && call.Approved is not false;
        try
        {
            return await call.Runtime.Tasks.DeleteAsync(id, force, cancellationToken).ConfigureAwait(false);
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.TaskNotFound && call.Resumed)
        {
            return new TaskRemoval(id, null); // deleted by the host that died before it could say so
        }
    }
}
