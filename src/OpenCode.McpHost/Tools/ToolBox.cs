using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace OpenCode.McpHost.Tools;

/// <summary>All tools, and the one way a call of any of them goes.</summary>
/// <param name="store">The store they work on.</param>
/// <param name="log">Told about failures nobody foresaw.</param>
internal sealed class ToolBox(Store store, ILogger log)
{
    private static readonly TaskTool[] Tools =
    [
        new CreateTaskSandbox(),
        new AttachAgentToTask(),
        new DetachAgentFromTask(),
        new ExecuteInTask(),
        new ListTasks(),
        new GetTaskStatus(),
        new CancelTask(),
        new DeleteTask(),
    ];

    public static ListToolsResult List() => new()
    {
        Tools = [.. Tools.Select(tool => tool.Definition())],
        TimeToLive = TimeSpan.FromHours(1),
        CacheScope = CacheScope.Public,
    };

    public async ValueTask<CallToolResult> CallAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken)
    {
        var tool = Array.Find(Tools, candidate => candidate.Name == request.Params.Name)
            ?? throw new McpProtocolException($"There is no tool of that name. The tools are {string.Join(", ", Tools.Select(known => known.Name))}.", McpErrorCode.InvalidParams);
        try
        {
            var input = ToolInput.Read(tool.Name, tool.Parameters, request.Params.Arguments);
            var runtime = await store.OpenAsync(cancellationToken).ConfigureAwait(false);
            var answer = request.Params.ProgressToken is { } token && tool is ExecuteInTask
                ? await WatchedAsync(tool, new ToolCall(runtime, input, null), request.Server, token, cancellationToken).ConfigureAwait(false)
                : await AnswerAsync(tool, new ToolCall(runtime, input, null), cancellationToken).ConfigureAwait(false);
            return new CallToolResult
            {
                Content = [new TextContentBlock { Text = tool.Describe(answer) }],
                StructuredContent = answer.Deserialize(AnswerJson.ElementType),
            };
        }
        catch (OpenCodeException e)
        {
            return ToolFailure.Of(e);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.LogError(e, "The tool {Tool} failed.", tool.Name);
            return ToolFailure.Unforeseen(tool.Name, e);
        }
    }

    private static Task<JsonObject> WatchedAsync(TaskTool tool, ToolCall call, McpServer server, ProgressToken token, CancellationToken cancellationToken)
    {
        var progress = new OutputProgress((lines, text) => server.NotifyProgressAsync(
            token,
            new ProgressNotificationValue { Progress = lines, Message = text },
            cancellationToken: cancellationToken));
        return progress.WatchAsync(() => AnswerAsync(tool, call with { Progress = progress }, cancellationToken));
    }

    private static async Task<JsonObject> AnswerAsync(TaskTool tool, ToolCall call, CancellationToken cancellationToken)
    {
        if (call.Input.Find<string>(TaskTool.IdempotencyKey) is not { } key)
        {
            return await tool.RunAsync(call, cancellationToken).ConfigureAwait(false);
        }

        var answer = await call.Runtime.Requests.OnceAsync(
            key,
            tool.Name,
            call.Input.Canonical,
            async (run, token) => (await tool.RunAsync(call with { PlannedId = run.PlannedId, Resumed = run.Resumed }, token).ConfigureAwait(false)).ToJsonString(),
            cancellationToken).ConfigureAwait(false);
        return JsonNode.Parse(answer)!.AsObject();
    }
}
