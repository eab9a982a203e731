using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OpenCode.McpHost.Handles;
using OpenCode.McpHost.Prompts;
using OpenCode.McpHost.Resources;
using OpenCode.McpHost.Subscriptions;
using OpenCode.McpHost.Tools;

namespace OpenCode.McpHost;

/// <summary>The MCP server: what it says of itself, and where its requests go. One for all clients of a process.</summary>
internal sealed class TaskServer : IAsyncDisposable
{
    private const string Instructions =
        "Tasks of AI agents, shared by all agents and people on this store. The usual way: create_task_sandbox (or list_tasks with status pending), " +
        "attach_agent_to_task, execute_in_task with agentId and fence, detach_agent_from_task. A failed call says in error.nextStep what to do. " +
        "Give an idempotencyKey to calls that you may have to repeat.";

    private const string FurtherInstructions =
        " claim_task gives you the next task that is ready, instead of looking for one; heartbeat while you work on it. Take acquire_lock for what several agents share. append_log and record_decision are the memory of a task: read get_history and get_decisions when you take one up, and end it with complete_task or fail_task.";

    // Where there are none the SDK looks into nothing, and calls that its own error.
    private static readonly string[] NeedParameters = [RequestMethods.CompletionComplete, RequestMethods.PromptsGet, RequestMethods.ResourcesRead, RequestMethods.ResourcesSubscribe, RequestMethods.ResourcesUnsubscribe, "logging/setLevel", RequestMethods.SubscriptionsListen];

    private readonly ToolSet _set;
    private readonly ToolBox _tools;
    private readonly ResourceShelf _resources;
    private readonly PromptBook _prompts;
    private readonly Completions _completions;
    private readonly TasksExtension _extension;
    private readonly ChangeFeed _feed;
    private readonly Listening _listening;

    /// <summary>Makes it.</summary>
    /// <param name="store">The store all clients work on.</param>
    /// <param name="set">Which tools are offered.</param>
    /// <param name="callLimit">How long a call may take; null leaves that to the client.</param>
    /// <param name="handles">Further work that goes on after its request, looked for first; null where there is none.</param>
    /// <param name="loggers">Where to say what went wrong.</param>
    public TaskServer(Store store, ToolSet set, TimeSpan? callLimit, IHandles? handles, ILoggerFactory loggers)
    {
        _set = set;
        Direct = new DirectAnswers(store, ToolSets.Of(set));
        _tools = new ToolBox(store, set, callLimit, loggers.CreateLogger(nameof(ToolBox)));
        _resources = new ResourceShelf(store);
        _prompts = new PromptBook(store);
        _completions = new Completions(store);
        _feed = new ChangeFeed(store, loggers.CreateLogger(nameof(ChangeFeed)));
        _extension = new TasksExtension(handles is null ? [new ExecutionHandles(store)] : [handles, new ExecutionHandles(store)]);
        _listening = new Listening(_feed, _extension);
    }

    /// <summary>Answers what can be answered at once, before a message is taken apart for the SDK.</summary>
    public DirectAnswers Direct { get; }

    /// <summary>The version in the handshake and of --version.</summary>
    public static string Version { get; } =
        (typeof(TaskServer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];

    /// <summary>What a new client with a session follows: nothing yet.</summary>
    public Session NewSession() => new(_feed);

    /// <summary>Makes the options of a server: one for standard input and output, one for each session or request over HTTP.</summary>
    /// <param name="options">What is filled.</param>
    /// <param name="session">What the client follows; null where there are no sessions.</param>
    public void Configure(McpServerOptions options, Session? session)
    {
        options.ServerInfo = new Implementation { Name = "opencode-tasks", Title = "OpenCode for PowerShell", Version = Version };
        options.ServerInstructions = _set is ToolSet.All ? Instructions + FurtherInstructions : Instructions;
        options.Capabilities = new ServerCapabilities { Resources = new ResourcesCapability { Subscribe = true, ListChanged = true } };
        options.Handlers.ListToolsHandler = (request, _) => ValueTask.FromResult(_tools.List(request.User));
        options.Handlers.CallToolHandler = (request, cancellationToken) => _tools.CallAsync(request, session?.Server, cancellationToken);
        AllowLogging(options);
        options.Handlers.ListResourcesHandler = session is null ? _resources.ListAsync : async (request, cancellationToken) =>
        {
            var listed = await _resources.ListAsync(request, cancellationToken).ConfigureAwait(false);
            await session.ListedAsync(request.Server, cancellationToken).ConfigureAwait(false);
            return listed;
        };
        options.Handlers.ListResourceTemplatesHandler = static (_, _) => ValueTask.FromResult(ResourceShelf.Templates());
        options.Handlers.ReadResourceHandler = _resources.ReadAsync;
        options.Handlers.SubscribeToResourcesHandler = session is null ? NoSession<SubscribeRequestParams> : session.SubscribeAsync;
        options.Handlers.UnsubscribeFromResourcesHandler = session is null ? NoSession<UnsubscribeRequestParams> : session.UnsubscribeAsync;
        options.Handlers.SubscriptionsListenHandler = _listening.ListenAsync;
        options.Handlers.CompleteHandler = _completions.CompleteAsync;
        options.Handlers.ListPromptsHandler = static (_, _) => ValueTask.FromResult(PromptBook.List());
        options.Handlers.GetPromptHandler = _prompts.GetAsync;
        options.Filters.Message.IncomingFilters.Add(CheckParameters);
        _extension.AddTo(options);
    }

    /// <summary>Names what a server over HTTP has to know before there are options for a request: which headers belong to it.</summary>
    public void Route(McpServerOptions options) => _extension.Route(options);

    /// <summary>Ends the requests of clients that follow something: they would go on for as long as the client likes.</summary>
    public void EndListening() => _listening.End();

    public async ValueTask DisposeAsync()
    {
        await _feed.DisposeAsync().ConfigureAwait(false);
        _listening.Dispose();
    }

#pragma warning disable MCP9005 // Revision 2026-07-28 has given up logging/setLevel; clients of those before it have nothing else.
    // The level itself is the SDK's to keep.
    private static void AllowLogging(McpServerOptions options)
    {
        options.Capabilities!.Logging = new LoggingCapability();
        options.Handlers.SetLoggingLevelHandler = static (_, _) => ValueTask.FromResult(new EmptyResult());
    }
#pragma warning restore MCP9005

    private static ValueTask<EmptyResult> NoSession<T>(RequestContext<T> request, CancellationToken cancellationToken) =>
        throw new McpProtocolException("There are no sessions here, and so nothing can be followed. Use the address that ends in /legacy, or a client of revision 2026-07-28.", McpErrorCode.InvalidRequest);

    // The SDK answers parameters that are not of their form with InternalError; whose fault it is belongs into the code.
    private static McpMessageHandler CheckParameters(McpMessageHandler next) => async (context, cancellationToken) =>
    {
        if (context.JsonRpcMessage is not JsonRpcRequest request)
        {
            await next(context, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (request.Params is not (null or JsonObject))
        {
            throw new McpProtocolException("The params have to be an object.", McpErrorCode.InvalidParams);
        }

        if (request.Params is null && NeedParameters.Contains(request.Method, StringComparer.Ordinal))
        {
            throw new McpProtocolException($"The method '{request.Method}' needs params.", McpErrorCode.InvalidParams);
        }

        if (request.Method == RequestMethods.ToolsCall)
        {
            CheckToolCall(request.Params as JsonObject);
        }

        try
        {
            await next(context, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            // Not of their type, half of a surrogate pair, or a member twice: tools turn their own failures into answers.
            throw new McpProtocolException($"The params of '{request.Method}' are not of their form: {e.Message}", e, McpErrorCode.InvalidParams);
        }
    };

    private static void CheckToolCall(JsonObject? parameters)
    {
        if (parameters?["name"] is not JsonValue name || name.GetValueKind() != JsonValueKind.String)
        {
            throw new McpProtocolException("The params of 'tools/call' need the tool's 'name', a string.", McpErrorCode.InvalidParams);
        }

        if (parameters["arguments"] is not (null or JsonObject))
        {
            throw new McpProtocolException("The 'arguments' of 'tools/call' have to be an object.", McpErrorCode.InvalidParams);
        }
    }
}
