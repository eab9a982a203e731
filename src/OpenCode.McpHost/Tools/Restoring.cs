using OpenCode.Common;

namespace OpenCode.McpHost.Tools;

/// <summary>What going back to a checkpoint asks of a person.</summary>
internal static class Restoring
{
    public static async Task<(string TaskId, string Question)?> QuestionAsync(ToolCall call, string? taskId, string checkpointId, CancellationToken cancellationToken)
    {
        if (call.Resumed)
        {
            return null; // not done a second time
        }

        try
        {
            var checkpoint = await call.Runtime.Checkpoints.GetAsync(taskId, checkpointId, cancellationToken).ConfigureAwait(false);
            var task = await call.Runtime.Tasks.GetAsync(checkpoint.TaskId, cancellationToken).ConfigureAwait(false);
            var what = checkpoint.Description is { } description ? " " + QuotedText.Of(description) : "";
            return (task.Id, $"Put task {task.Id} {QuotedText.Of(task.Name)} of {QuotedText.Of(task.Owner)} back to the checkpoint{what} of {TaskJson.Time(checkpoint.Timestamp)}? Its state, log, decisions and workspace are replaced; what is there now is saved as a checkpoint first.");
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.TaskNotFound or OpenCodeError.CheckpointNotFound)
        {
            return null; // told by the restoration itself
        }
    }
}
