using System.Text.Json.Nodes;
using OpenCode.Common;

namespace OpenCode.McpHost.Tools;

internal sealed class ListCheckpoints() : TaskTool(
    "list_checkpoints",
    "List a task's checkpoints",
    "Gives the newest points in time a task can go back to, oldest first. Use it to choose one for restore_checkpoint or resume_task.")
{
    protected override IReadOnlyList<Parameter> Takes { get; } = [TaskId, new NumberParameter("last", 1, 1000, 50)];

    public override bool ReadOnly => true;

    protected override string Gives => """
        {"taskId":{"type":"string"},"checkpoints":{"type":"array","items":{"type":"object"}},"count":{"type":"integer"},"returned":{"type":"integer"},"damaged":{"type":"array","items":{"type":"string"}}}
        """;

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var task = await call.Runtime.Tasks.GetAsync(call.Input.Get<string>("taskId"), cancellationToken).ConfigureAwait(false);
        var damaged = new JsonArray();
        var found = await call.Runtime.Checkpoints.ListAsync(task.Id, e => damaged.Add(e.Message), cancellationToken).ConfigureAwait(false);
        var checkpoints = AnswerJson.Newest([.. found.TakeLast((int)(call.Input.Number("last") ?? 50))], MemoryJson.Of);
        return new JsonObject { ["success"] = true, ["taskId"] = task.Id, ["checkpoints"] = checkpoints, ["count"] = found.Count, ["returned"] = checkpoints.Count, ["damaged"] = damaged };
    }

    public override string Describe(JsonObject answer) => AnswerJson.Shown(
        $"{answer["returned"]} of {answer["count"]} checkpoints of task {answer["taskId"]}:",
        answer["checkpoints"]!.AsArray().Select(checkpoint => $"{checkpoint!["id"]} {checkpoint["timestamp"]}{(checkpoint["description"] is { } what ? $" {what}" : "")}")
            .Concat(answer["damaged"]!.AsArray().Select(message => $"damaged: {message}")));
}
