using OpenCode.Common;
using OpenCode.Tasks;

namespace OpenCode.McpHost.Tools;

/// <summary>A call of a tool, with all it needs.</summary>
/// <param name="Runtime">The core.</param>
/// <param name="Input">The arguments.</param>
/// <param name="Progress">Watches a command; null when the client asked for no progress.</param>
internal sealed record ToolCall(OpenCodeRuntime Runtime, ToolInput Input, IRunObserver? Progress)
{
    /// <summary>Who calls; null where that is not asked.</summary>
    public Caller? Caller { get; init; }

    /// <summary>Tells the client of limits that come near; null when it is not to be told.</summary>
    public AlertMessages? Alerts { get; init; }

    /// <summary>Whether a person has approved what this call takes away from others; null where that is not asked.</summary>
    public bool? Approved { get; init; }

    /// <summary>The id for a task that is to be created; set when the call has an idempotency key.</summary>
    public string? PlannedId { get; init; }

    /// <summary>True when a host died while it worked on this very call: what the call asks for may be done already.</summary>
    public bool Resumed { get; init; }

    /// <summary>When this call, or with the same idempotency key the first one, began; null without a key.</summary>
    public DateTimeOffset? RequestedAt => PlannedId is null ? null : Ids.TimeOf(PlannedId);

    /// <summary>A moment just before it: what bears a later time was made by this call, or after it.</summary>
    public DateTimeOffset? BeforeRequest => RequestedAt - TimeSpan.FromMilliseconds(1);
}
