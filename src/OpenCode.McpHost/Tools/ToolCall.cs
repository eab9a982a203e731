using OpenCode.Tasks;

namespace OpenCode.McpHost.Tools;

/// <summary>A call of a tool, with all it needs.</summary>
/// <param name="Runtime">The core.</param>
/// <param name="Input">The arguments.</param>
/// <param name="Progress">Watches a command; null when the client asked for no progress.</param>
internal sealed record ToolCall(OpenCodeRuntime Runtime, ToolInput Input, IRunObserver? Progress)
{
    /// <summary>The id for a task that is to be created; set when the call has an idempotency key.</summary>
    public string? PlannedId { get; init; }

    /// <summary>True when a host died while it worked on this very call: what the call asks for may be done already.</summary>
    public bool Resumed { get; init; }
}
