using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using OpenCode.McpHost.Tools;

namespace OpenCode.McpHost.Handles;

/// <summary>Work that handles stand for. A handle that is not the caller's is as one that is not there.</summary>
internal interface IHandles
{
    /// <summary>The id of the work that goes on after this answer, which is durable by now; null when there is none.</summary>
    string? Of(CallToolRequestParams call, CallToolResult answer);

    /// <summary>A handle as it is now, or null.</summary>
    Task<Handle?> FindAsync(string id, Caller? caller, CancellationToken cancellationToken);

    /// <summary>Whether the work stands as it did, cheaply: another mark when it does not.</summary>
    Task<string> MarkAsync(string id, CancellationToken cancellationToken);

    /// <summary>Wishes the end of the work, and does not wait for it.</summary>
    /// <returns>False when it is not there.</returns>
    Task<bool> CancelAsync(string id, Caller? caller, CancellationToken cancellationToken);

    /// <summary>Takes answers to what was asked for; those to anything else count for nothing.</summary>
    /// <returns>False when it is not there.</returns>
    Task<bool> AnswerAsync(string id, JsonObject answers, Caller? caller, CancellationToken cancellationToken);
}
