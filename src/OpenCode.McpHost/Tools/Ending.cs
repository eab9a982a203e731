using System.Text.Json.Nodes;
using OpenCode.Common;

namespace OpenCode.McpHost.Tools;

/// <summary>What the two tools that end a task with a result have in common.</summary>
internal static class Ending
{
    public static JsonParameter Data { get; } = new("result", "For programs: any JSON");

    public static TextParameter Message { get; } = new("message", Input.TextBytes, "For people");

    public static (object? Data, string? Message) Of(ToolInput input) =>
        (input.Find<Given>("result")?.Value, input.Find<string>("message"));

    /// <summary>The task, ended now, or by the host that died before it could say so.</summary>
    public static async Task<JsonObject> OnceAsync(ToolCall call, AgentTaskStatus status, TaskResult result, Task<AgentTask> ending, CancellationToken cancellationToken)
    {
        try
        {
            return TaskReading.Answer(await ending.ConfigureAwait(false));
        }
        catch (OpenCodeException e) when (call.Resumed && e.Error is OpenCodeError.InvalidTransition or OpenCodeError.LeaseLost or OpenCodeError.AgentNotAttached)
        {
            var task = await call.Runtime.Tasks.GetAsync(call.Input.Get<string>("taskId"), cancellationToken).ConfigureAwait(false);
            if (call.Resumed && task.Status == status && task.Result is { } given && JsonNode.DeepEquals(TaskJson.Of(given), TaskJson.Of(result)))
            {
                return TaskReading.Answer(task);
            }

            throw; // somebody else has ended it in another way
        }
    }
}
