namespace OpenCode;

/// <summary>The right to change a resource, for a time.</summary>
public sealed record Lease
{
    /// <summary>What is leased; a task's is <c>task:&lt;id&gt;</c>.</summary>
    public required string Resource { get; init; }

    /// <summary>Who holds it; for a task, the agent.</summary>
    public required string Owner { get; init; }

    /// <summary>Whether others may hold one beside it.</summary>
    public LeaseMode Mode { get; init; }

    /// <summary>The fencing token: grows with every grant of the resource. A write that carries an older one is refused.</summary>
    public long Fence { get; init; }

    /// <summary>When it was granted, by the store's clock.</summary>
    public DateTimeOffset AcquiredAt { get; init; }

    /// <summary>When it ends unless renewed, by the store's clock; null never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The host it was granted on.</summary>
    public string? Host { get; init; }

    /// <summary>The process it was granted to.</summary>
    public int ProcessId { get; init; }

    /// <summary>True when only time ends it, as with an agent's; false when it also ends with its process.</summary>
    public bool Detached { get; init; }
}
