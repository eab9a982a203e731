#pragma warning disable MCPEXP002 // What an extension needs of the SDK is experimental in it; this is the only place that uses it.

using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OpenCode.Common;
using OpenCode.McpHost.Resources;
using OpenCode.McpHost.Tools;

namespace OpenCode.McpHost.Handles;

/// <summary>
/// The protocol's extension for long work (SEP-2663): a call of a client that declares it may be answered with a handle, by which the client asks for the result (tasks/get), answers what it is
/// asked (tasks/update), and ends it (tasks/cancel). What a handle stands for is elsewhere; the SDK knows nothing of the extension.
/// </summary>
/// <param name="sources">Where handles are looked for, in this order.</param>
internal sealed class TasksExtension(IReadOnlyList<IHandles> sources)
{
    public const string Name = "io.modelcontextprotocol/tasks";

    private const string FirstRevision = "2026-07-28";

    private const string Id = "taskId";

    /// <summary>Declares the extension to clients and takes its requests.</summary>
    public void AddTo(McpServerOptions options)
    {
        options.Capabilities ??= new ServerCapabilities();
        options.Capabilities.Extensions ??= new Dictionary<string, object>();
        options.Capabilities.Extensions[Name] = new JsonObject();
        options.Filters.Request.CallToolWithAlternateFilters.Add(AnswerAsync);
        Route(options);
    }

    /// <summary>Takes the extension's requests, and names the parameter that the header Mcp-Name has to repeat.</summary>
    public void Route(McpServerOptions options) => options.RequestHandlers =
    [
        Handler("tasks/get", McpScope.Read, GetAsync),
        Handler("tasks/update", McpScope.Write, UpdateAsync),
        Handler("tasks/cancel", McpScope.Write, CancelAsync),
    ];

    /// <summary>Whether this very request declares the extension; what a client has declared before counts for nothing.</summary>
    public static bool IsDeclared(JsonRpcRequest request) =>
        string.CompareOrdinal(request.Context?.ProtocolVersion, FirstRevision) >= 0
        && request.Params?["_meta"] is JsonObject meta
        && meta[MetaKeys.ClientCapabilities] is JsonObject capabilities
        && capabilities["extensions"] is JsonObject extensions
        && extensions.ContainsKey(Name);

    /// <summary>The error for a client that has not declared it.</summary>
    public static MissingRequiredClientCapabilityException Undeclared() => new(
        new ClientCapabilities { Extensions = new Dictionary<string, object> { [Name] = new JsonObject() } },
        $"This request needs the client to declare the extension '{Name}'.");

    /// <summary>A handle as it is now, and where it comes from; null when there is none for this caller.</summary>
    public async Task<(Handle Handle, IHandles Source)?> FindAsync(string id, Caller? caller, CancellationToken cancellationToken)
    {
        foreach (var source in Input.IsId(id) ? sources : [])
        {
            if (await source.FindAsync(id, caller, cancellationToken).ConfigureAwait(false) is { } handle)
            {
                return (handle, source);
            }
        }

        return null;
    }

    private static McpServerRequestHandler Handler(string method, McpScope scope, Func<string, JsonObject, Caller?, CancellationToken, Task<JsonObject?>> handle) => new()
    {
        Method = method,
        RoutingNameParameter = Id,
        Handler = async (request, cancellationToken) =>
        {
            var (id, caller) = Check(request, scope);
            try
            {
                var answer = await handle(id, (JsonObject)request.Params!, caller, cancellationToken).ConfigureAwait(false) ?? throw Unknown(id);
                answer["resultType"] = "complete";
                return answer;
            }
            catch (OpenCodeException e)
            {
                throw ResourceShelf.Protocol(e);
            }
        },
    };

    private static (string Id, Caller? Caller) Check(JsonRpcRequest request, McpScope scope)
    {
        if (string.CompareOrdinal(request.Context?.ProtocolVersion, FirstRevision) < 0)
        {
            throw new McpProtocolException($"The method '{request.Method}' belongs to an extension of revision {FirstRevision}; this is an earlier one.", McpErrorCode.MethodNotFound);
        }

        if (!IsDeclared(request))
        {
            throw Undeclared();
        }

        if (request.Params?[Id] is not JsonValue value || !value.TryGetValue<string>(out var id))
        {
            throw new McpProtocolException($"The params of '{request.Method}' need a '{Id}', a string.", McpErrorCode.InvalidParams);
        }

        var caller = Caller.Of(request.Context?.User);
        return caller is null || scope <= caller.Scope
            ? (id, caller)
            : throw ResourceShelf.Protocol(new OpenCodeException(OpenCodeError.AccessDenied, $"'{request.Method}' needs a token of scope {scope}; the one that was shown allows {caller.Scope}.", request.Method));
    }

    // The same words for what is not there and for what is another's.
    private static McpProtocolException Unknown(string id) => new($"There is no task '{(Input.IsId(id) ? id : "of this id")}' of this client; it may have been removed with what it ran in.", McpErrorCode.InvalidParams);

    private async Task<JsonObject?> GetAsync(string id, JsonObject parameters, Caller? caller, CancellationToken cancellationToken) =>
        (await FindAsync(id, caller, cancellationToken).ConfigureAwait(false))?.Handle.Detailed();

    private async Task<JsonObject?> UpdateAsync(string id, JsonObject parameters, Caller? caller, CancellationToken cancellationToken)
    {
        if (parameters["inputResponses"] is not JsonObject answers)
        {
            throw new McpProtocolException("The params of 'tasks/update' need 'inputResponses', an object.", McpErrorCode.InvalidParams);
        }

        return await FindAsync(id, caller, cancellationToken).ConfigureAwait(false) is { Source: var source } && await source.AnswerAsync(id, answers, caller, cancellationToken).ConfigureAwait(false) ? [] : null;
    }

    private async Task<JsonObject?> CancelAsync(string id, JsonObject parameters, Caller? caller, CancellationToken cancellationToken) =>
        await FindAsync(id, caller, cancellationToken).ConfigureAwait(false) is { Source: var source } && await source.CancelAsync(id, caller, cancellationToken).ConfigureAwait(false) ? [] : null;

    private async ValueTask<ResultOrAlternate<CallToolResult>> AnswerAsync(RequestContext<CallToolRequestParams> request, McpRequestHandler<CallToolRequestParams, ResultOrAlternate<CallToolResult>> next, CancellationToken cancellationToken)
    {
        var answer = await next(request, cancellationToken).ConfigureAwait(false);
        return answer.Result is { } result && IsDeclared(request.JsonRpcRequest) && await CreatedAsync(request, result, cancellationToken).ConfigureAwait(false) is { } handle
            ? ResultOrAlternate<CallToolResult>.FromAlternate(CreatedHandle.Of(handle), CreatedHandle.TypeInfo)
            : answer;
    }

    private async Task<Handle?> CreatedAsync(RequestContext<CallToolRequestParams> request, CallToolResult answer, CancellationToken cancellationToken)
    {
        var going = sources.Select(source => (Source: source, Id: source.Of(request.Params, answer))).FirstOrDefault(one => one.Id is not null);
        try
        {
            return going.Id is null ? null : await going.Source.FindAsync(going.Id, Caller.Of(request.User), cancellationToken).ConfigureAwait(false);
        }
        catch (OpenCodeException)
        {
            return null; // The work goes on, and the tool's own answer says which: a failure here would hide that.
        }
    }
}
