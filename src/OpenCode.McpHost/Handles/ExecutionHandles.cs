using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using OpenCode.McpHost.Resources;
using OpenCode.McpHost.Tools;
using OpenCode.Registry;

namespace OpenCode.McpHost.Handles;

/// <summary>Commands that go on without their caller. They are in the registry, so any host of the store answers for them, also when the one that ran them is gone.</summary>
/// <param name="store">The store.</param>
internal sealed class ExecutionHandles(Store store) : IHandles
{
    public string? Of(CallToolRequestParams call, CallToolResult answer) => ExecuteInTask.GoesOn(call.Name, answer);

    public async Task<Handle?> FindAsync(string id, Caller? caller, CancellationToken cancellationToken)
    {
        var runtime = await store.OpenAsync(cancellationToken).ConfigureAwait(false);
        return await OwnAsync(runtime, id, caller, cancellationToken).ConfigureAwait(false) is { } own ? HandleOf(own) : null;
    }

    public async Task<string> MarkAsync(string id, CancellationToken cancellationToken)
    {
        var runtime = await store.OpenAsync(cancellationToken).ConfigureAwait(false);
        return await runtime.Executions.RunsAsync(id, cancellationToken).ConfigureAwait(false) ? "runs" : "ended";
    }

    public async Task<bool> CancelAsync(string id, Caller? caller, CancellationToken cancellationToken)
    {
        var runtime = await store.OpenAsync(cancellationToken).ConfigureAwait(false);
        if (await OwnAsync(runtime, id, caller, cancellationToken).ConfigureAwait(false) is not { Execution: { TaskId: var task } })
        {
            return false;
        }

        try
        {
            await runtime.Executions.CancelAsync(task, id, "its client cancelled it", TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.TaskNotFound)
        {
            return false; // deleted meanwhile
        }
    }

    /// <summary>A command asks for nothing while it runs: what a person has to approve is asked for before there is a handle.</summary>
    public async Task<bool> AnswerAsync(string id, JsonObject answers, Caller? caller, CancellationToken cancellationToken) =>
        await OwnAsync(await store.OpenAsync(cancellationToken).ConfigureAwait(false), id, caller, cancellationToken).ConfigureAwait(false) is not null;

    private static async Task<AskedExecution?> OwnAsync(OpenCodeRuntime runtime, string id, Caller? caller, CancellationToken cancellationToken) =>
        await runtime.Executions.FindAsync(id, cancellationToken).ConfigureAwait(false) is { } found && (caller is null || caller.Owner == found.AskedBy) ? found : null;

    private static Handle HandleOf(AskedExecution asked)
    {
        var execution = asked.Execution;
        var updated = asked.EndedAt ?? execution.StartedAt + (execution.Duration ?? TimeSpan.Zero);
        var (status, message, content) = execution.Status switch
        {
            ExecutionStatus.Running => (HandleStatus.Working, $"The command runs. {TaskUri.Root}/{execution.TaskId}/executions/{execution.Id} has its output so far.", null),
            ExecutionStatus.Cancelled => (HandleStatus.Cancelled, execution.Reason, null),

            // Its call would have ended without an answer: the connection would have broken.
            ExecutionStatus.Lost => (HandleStatus.Failed, execution.Reason, Lost(execution)),
            ExecutionStatus.Failed => (HandleStatus.Completed, execution.Reason, Json(ToolFailure.Of(Failure(execution), new ExecuteInTask()))),
            _ => (HandleStatus.Completed, null, Json(ExecuteInTask.Result(execution))),
        };
        return new Handle(execution.Id, status, execution.StartedAt, updated) { Message = message, Content = content };
    }

    private static JsonObject Lost(Execution execution) => new()
    {
        ["code"] = (int)McpErrorCode.InternalError,
        ["message"] = $"Nobody saw the end of the command: {execution.Reason}. {TaskUri.Root}/{execution.TaskId}/executions/{execution.Id} has the output that was kept.",
    };

    // Recorded as the word of the error and its sentence.
    private static OpenCodeException Failure(Execution execution)
    {
        var reason = execution.Reason ?? "";
        return reason.Split(": ", 2) is [var word, var sentence] && Enum.TryParse<OpenCodeError>(word, out var error)
            ? new OpenCodeException(error, sentence, execution.Id)
            : new OpenCodeException(OpenCodeError.SandboxFailed, reason, execution.Id);
    }

    private static JsonNode? Json(CallToolResult result) => JsonSerializer.SerializeToNode(result, McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(CallToolResult)));
}
