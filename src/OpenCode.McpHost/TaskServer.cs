using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OpenCode.McpHost.Tools;

namespace OpenCode.McpHost;

/// <summary>The MCP server: what it says of itself, and where its requests go.</summary>
internal static class TaskServer
{
    private const string Instructions =
        "Tasks of AI agents, shared by all agents and people on this store. The usual way: create_task_sandbox (or list_tasks with status pending), " +
        "attach_agent_to_task, execute_in_task with agentId and fence, detach_agent_from_task. A failed call says in error.nextStep what to do. " +
        "Give an idempotencyKey to calls that you may have to repeat.";

    /// <summary>The version in the handshake and of --version.</summary>
    public static string Version { get; } =
        (typeof(TaskServer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];

    public static McpServer Create(ITransport transport, Store store, ILoggerFactory loggers)
    {
        var tools = new ToolBox(store, loggers.CreateLogger(nameof(ToolBox)));
        var options = new McpServerOptions
        {
            ServerInfo = new Implementation { Name = "opencode-tasks", Title = "OpenCode for PowerShell", Version = Version },
            ServerInstructions = Instructions,
            Handlers = new McpServerHandlers
            {
                ListToolsHandler = static (_, _) => ValueTask.FromResult(ToolBox.List()),
                CallToolHandler = tools.CallAsync,
            },
        };
        options.Filters.Message.IncomingFilters.Add(CheckParameters);
        return McpServer.Create(transport, options, loggers);
    }

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
