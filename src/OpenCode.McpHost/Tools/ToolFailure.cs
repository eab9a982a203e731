using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;

namespace OpenCode.McpHost.Tools;

/// <summary>A failed call as its caller gets it: the error's name, the sentence, and what to do next, for reading and for programs.</summary>
internal static class ToolFailure
{
    public static CallToolResult Of(OpenCodeException e, TaskTool tool) => Make(e.Error.ToString(), e.Message, ApprovalGate.NextStep(e) ?? tool.NextStep(e.Error) ?? NextStep(e.Error), e.Target);

    /// <summary>A failure that is a bug; its details are in the host's log.</summary>
    public static CallToolResult Unforeseen(string tool, Exception e) =>
        Make("InternalError", $"The tool '{tool}' failed in a way nobody foresaw ({e.GetType().Name}).", "Look at the task with get_task_status before you repeat the call; its user finds the details in the host's standard error.", null);

    private static CallToolResult Make(string name, string message, string nextStep, string? target)
    {
        var error = new JsonObject { ["name"] = name, ["message"] = message, ["nextStep"] = nextStep };
        if (target is not null)
        {
            error["target"] = target;
        }

        return new CallToolResult
        {
            IsError = true,
            Content = [new TextContentBlock { Text = $"{name}: {message}\nNext: {nextStep}" }],
            StructuredContent = new JsonObject { ["success"] = false, ["error"] = error }.Deserialize(AnswerJson.ElementType),
        };
    }

    private static string NextStep(OpenCodeError error) => error switch
    {
        OpenCodeError.TaskNotFound => "Call list_tasks to see which tasks there are.",
        OpenCodeError.TaskExists => "Leave taskId out to get a new one, or look at the present task with get_task_status.",
        OpenCodeError.InvalidTransition => "Call get_task_status; its status decides what can be done.",
        OpenCodeError.VersionConflict => "Read the task again with get_task_status, then repeat the change on what it is now.",
        OpenCodeError.LockHeld or OpenCodeError.LockTimeout => "Take another task from list_tasks, or try again once the holder has detached.",
        OpenCodeError.LeaseLost => "Stop working on this task: another agent may have it. Call get_task_status, then attach_agent_to_task for a new lease.",
        OpenCodeError.AgentNotAttached => "Call attach_agent_to_task first.",
        OpenCodeError.SandboxUnavailable => "Tell the user to start the container engine. Everything but execute_in_task works without it.",
        OpenCodeError.SandboxFailed => "Check image, command and workdir; if they are right, tell the user what the engine said.",
        OpenCodeError.ExecutionTimeout => "Give a larger timeout, or split the command.",
        OpenCodeError.LimitExceeded => "Make it smaller; large data belongs into a file in /workspace.",
        OpenCodeError.StoreUnavailable => "Try again shortly; if it stays so, tell the user what the message says.",
        OpenCodeError.InvalidArgument => "Correct the argument that the message names, then repeat the call.",
        OpenCodeError.StateCorrupt => "Tell the user to repair the task with Repair-OcTask.",
        OpenCodeError.HookRejected => "Do what the hook's reason asks for, then repeat the call.",
        _ => "Do not repeat the call as it is; tell the user what the message says.",
    };
}
