using System.Security.Claims;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OpenCode.Common;
using OpenCode.Tasks;

namespace OpenCode.McpHost.Tools;

/// <summary>The tools, and the one way a call of any of them goes.</summary>
/// <param name="store">The store they work on.</param>
/// <param name="set">Which of them are offered.</param>
/// <param name="limit">How long a call may take besides what it asks to wait or run; null leaves that to the client.</param>
/// <param name="log">Told about failures nobody foresaw.</param>
internal sealed class ToolBox(Store store, ToolSet set, TimeSpan? limit, ILogger log)
{
    private readonly IReadOnlyList<TaskTool> _tools = ToolSets.Of(set);

    public ListToolsResult List(ClaimsPrincipal? user)
    {
        var caller = Caller.Of(user);
        return new ListToolsResult
        {
            Tools = [.. _tools.Where(tool => caller is null || tool.Scope <= caller.Scope).Select(tool => tool.Definition())],
            TimeToLive = TimeSpan.FromHours(1),
            CacheScope = caller is null ? CacheScope.Public : CacheScope.Private,
        };
    }

    /// <summary>Carries a call out.</summary>
    /// <param name="request">The call.</param>
    /// <param name="session">The client's session; null where there are none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async ValueTask<CallToolResult> CallAsync(RequestContext<CallToolRequestParams> request, McpServer? session, CancellationToken cancellationToken)
    {
        var tool = _tools.FirstOrDefault(candidate => candidate.Name == request.Params.Name)
            ?? throw new McpProtocolException($"There is no tool of that name. The tools are {string.Join(", ", _tools.Select(known => known.Name))}.", McpErrorCode.InvalidParams);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            var input = ToolInput.Read(tool.Name, tool.Parameters, request.Params.Arguments);
            var caller = Caller.Of(request.User);
            Check(tool, input, caller);
            if (limit is { } longest)
            {
                patience.CancelAfter(longest + tool.Patience(input));
            }

            var runtime = await store.OpenAsync(patience.Token).ConfigureAwait(false);
            var call = new ToolCall(runtime, input, null) { Caller = caller };
            if (tool is IDirectTool quick)
            {
                var direct = await quick.AnswerAsync(call, patience.Token).ConfigureAwait(false);
                return new CallToolResult { Content = [new TextContentBlock { Text = Encoding.UTF8.GetString(direct.Text.Span) }], StructuredContent = JsonElement.Parse(direct.Structured.Span) };
            }

            if (tool is ExecuteInTask)
            {
                call = call with { Alerts = AlertMessages.Of(request, session, input.Flag(ExecuteInTask.Background), input.Get<string>("taskId")) };
            }

            var gate = ApprovalGate.Of(request);
            var answer = request.Params.ProgressToken is { } token && tool is ExecuteInTask
                ? await WatchedAsync(tool, call, gate, request.Server, token, patience.Token).ConfigureAwait(false)
                : await AnswerAsync(tool, call, gate, patience.Token).ConfigureAwait(false);
            await (call.Alerts?.SentAsync() ?? Task.CompletedTask).ConfigureAwait(false);
            return new CallToolResult
            {
                Content = [new TextContentBlock { Text = tool.Describe(answer) }],
                StructuredContent = answer.Deserialize(AnswerJson.ElementType),
            };
        }
        catch (OpenCodeException e)
        {
            return ToolFailure.Of(e, tool);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && patience.IsCancellationRequested)
        {
            return ToolFailure.Of(new OpenCodeException(OpenCodeError.ExecutionTimeout, $"The call of '{tool.Name}' took longer than this server works on one (mcp.requestTimeout, {limit!.Value.TotalMilliseconds:0} ms, besides what the call asks to wait or run), and was ended."), tool);
        }
        catch (Exception e) when (e is not (OperationCanceledException or InputRequiredException))
        {
            log.LogError(e, "The tool {Tool} failed.", tool.Name);
            return ToolFailure.Unforeseen(tool.Name, e);
        }
    }

    private static void Check(TaskTool tool, ToolInput input, Caller? caller)
    {
        if (caller is not null && tool.ScopeOf(input) is var needed && needed > caller.Scope)
        {
            throw new OpenCodeException(OpenCodeError.AccessDenied, $"This call of '{tool.Name}' needs a token of scope {needed}; the one that was shown allows {caller.Scope}.", tool.Name);
        }
    }

    private static Task<JsonObject> WatchedAsync(TaskTool tool, ToolCall call, ApprovalGate gate, McpServer server, ProgressToken token, CancellationToken cancellationToken)
    {
        var progress = new OutputProgress((lines, text) => server.NotifyProgressAsync(
            token,
            new ProgressNotificationValue { Progress = lines, Message = text },
            cancellationToken: cancellationToken));
        return progress.WatchAsync(() => AnswerAsync(tool, call with { Progress = progress }, gate, cancellationToken));
    }

    private static async Task<JsonObject> AnswerAsync(TaskTool tool, ToolCall call, ApprovalGate gate, CancellationToken cancellationToken)
    {
        if (call.Input.Find<string>(TaskTool.IdempotencyKey) is not { } key)
        {
            return await CarryOutAsync(tool, call, gate, cancellationToken).ConfigureAwait(false);
        }

        if (!tool.Remembers)
        {
            Input.Agent(key, "idempotency key");
            return await CarryOutAsync(tool, call, gate, cancellationToken).ConfigureAwait(false);
        }

        var carriedOut = false;
        var json = await call.Runtime.Requests.OnceAsync(
            key,
            tool.Name,
            call.Caller is { } caller ? $"{caller.Owner}\n{call.Input.Canonical}" : call.Input.Canonical, // another's key gives nobody another's answer
            async (run, token) =>
            {
                carriedOut = true;
                var given = await CarryOutAsync(tool, call with { PlannedId = run.PlannedId, Resumed = run.Resumed }, gate, token).ConfigureAwait(false);
                return new RequestAnswer(given.ToJsonString()) { IsKept = tool.IsKept(given) };
            },
            cancellationToken).ConfigureAwait(false);
        var answer = JsonNode.Parse(json)!.AsObject();
        if (!carriedOut)
        {
            await tool.CheckStandsAsync(call, answer, cancellationToken).ConfigureAwait(false);
        }

        return answer;
    }

    // Behind the key: what was approved and done is answered again without asking again.
    private static async Task<JsonObject> CarryOutAsync(TaskTool tool, ToolCall call, ApprovalGate gate, CancellationToken cancellationToken) =>
        await tool.RunAsync(await gate.PassAsync(tool, call, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
}
