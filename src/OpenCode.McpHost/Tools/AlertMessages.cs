#pragma warning disable MCP9005 // Revision 2026-07-28 has given up logging/setLevel; clients of those before it have nothing else.

using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OpenCode.Common;
using OpenCode.Sandboxes;
using OpenCode.Tasks;

namespace OpenCode.McpHost.Tools;

/// <summary>
/// Tells a client that the sandbox its command runs in comes near a limit, as the protocol's log messages. By revision 2026-07-28 only in answer to a request that names a level, and on its own
/// stream; by those before it from the level that the client has set, warnings without one.
/// </summary>
/// <param name="server">The way to the client.</param>
/// <param name="least">What is lighter is not told.</param>
/// <param name="taskId">The task, as the client has named it.</param>
internal sealed class AlertMessages(McpServer server, Func<LoggingLevel> least, string taskId) : IRunObserver
{
    private const string FirstWithout = "2026-07-28";

    private const string Logger = "opencode.sandbox";

    private readonly Lock _lock = new();
    private Task _sending = Task.CompletedTask;

    /// <summary>For a call that runs a command; null when its client is not to be told.</summary>
    /// <param name="request">The call.</param>
    /// <param name="session">The client's session; null where there are none.</param>
    /// <param name="background">True when the command goes on after the answer: only a session can be told then.</param>
    /// <param name="taskId">The task.</param>
    public static AlertMessages? Of(RequestContext<CallToolRequestParams> request, McpServer? session, bool background, string taskId)
    {
        if (string.CompareOrdinal(request.JsonRpcRequest.Context?.ProtocolVersion ?? request.Server.NegotiatedProtocolVersion, FirstWithout) >= 0)
        {
            return !background && request.JsonRpcRequest.Context?.LogLevel is { } level ? new AlertMessages(request.Server, () => level, taskId) : null;
        }

        return background && session is null ? null : new AlertMessages(background ? session! : request.Server, () => (session ?? request.Server).LoggingLevel ?? LoggingLevel.Warning, taskId);
    }

    public void Preparing(SandboxProgress progress)
    {
        // That is progress.
    }

    public void Output(bool isError, string text)
    {
        // That is progress.
    }

    public void Alert(UsageAlert alert)
    {
        var level = alert.Raised ? LoggingLevel.Warning : LoggingLevel.Info;
        if (level < least())
        {
            return;
        }

        lock (_lock)
        {
            _sending = SendAsync(_sending, level, alert);
        }
    }

    /// <summary>Completes when what was told is on its way: before the answer, or it would come after the end of the request's stream.</summary>
    public Task SentAsync()
    {
        lock (_lock)
        {
            return _sending;
        }
    }

    private async Task SendAsync(Task before, LoggingLevel level, UsageAlert alert)
    {
        await before.ConfigureAwait(false);
        var data = new JsonObject
        {
            ["event"] = "usage",
            ["taskId"] = taskId,
            ["measure"] = TaskJson.Word(alert.Measure),
            ["raised"] = alert.Raised,
            ["percent"] = Math.Round(alert.Percent, 1),
            ["message"] = alert.Text,
        };
        try
        {
            await server.SendNotificationAsync(
                NotificationMethods.LoggingMessageNotification,
                new LoggingMessageNotificationParams { Level = level, Logger = Logger, Data = data.Deserialize(AnswerJson.ElementType) }).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The client is gone. The task's log has it all the same.
        }
    }
}
