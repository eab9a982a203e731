using System.Text.Json.Nodes;

namespace OpenCode.McpHost.Tools;

internal sealed class RestoreCheckpoint() : TaskTool(
    "restore_checkpoint",
    "Go back to a checkpoint",
    "Puts a task back to a checkpoint and makes it pending; what is there now is saved as a checkpoint first. Use it when an attempt went wrong. Refused while another agent works on the task.")
{
    protected override IReadOnlyList<Parameter> Takes { get; } = [CheckpointId, TaskId with { Required = false }, Agent, Fence];

    public override McpScope Scope => McpScope.Admin;

    protected override bool Destructive => true;

    protected override string Gives => """
        {"taskId":{"type":"string"},"status":{"type":"string"},"task":{"type":"object"},"restored":{"type":"string"},"savedAs":{"type":"string"}}
        """;

    public override Task<(string TaskId, string Question)?> QuestionAsync(ToolCall call, CancellationToken cancellationToken) =>
        Restoring.QuestionAsync(call, call.Input.Find<string>("taskId"), call.Input.Get<string>("checkpointId"), cancellationToken);

    public override async Task<JsonObject> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var (task, checkpoint) = (call.Input.Find<string>("taskId"), call.Input.Get<string>("checkpointId"));
        var actor = ActorOf(call.Input);
        if (call.Resumed)
        {
            // Going back a second time could undo what another agent has done since.
            throw new OpenCodeException(
                OpenCodeError.InvalidTransition,
                $"The host died while it worked on this call, so '{checkpoint}' may have been restored. See the task's log, then call again with a new idempotencyKey if it was not.",
                checkpoint);
        }

        var outcome = await call.Runtime.Checkpoints.RestoreAsync(task, checkpoint, actor, cancellationToken).ConfigureAwait(false);
        var answer = TaskReading.Answer(outcome.Task);
        answer["restored"] = outcome.Restored.Id;
        answer["savedAs"] = outcome.SavedAs.Id;
        return answer;
    }

    public override string Describe(JsonObject answer) => $"Restored from {answer["restored"]}; what was there before is in {answer["savedAs"]}.\n{TaskReading.Describe(answer)}";

    public override string? NextStep(OpenCodeError error) => error is OpenCodeError.CheckpointNotFound ? "Call list_checkpoints to see which there are." : null;
}
