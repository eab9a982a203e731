namespace OpenCode;

/// <summary>An agent that is attached to a task now, and its lease on it.</summary>
public sealed record TaskAgent
{
    /// <summary>The agent.</summary>
    public required string AgentId { get; init; }

    /// <summary>The task.</summary>
    public required string TaskId { get; init; }

    /// <summary>The task's name.</summary>
    public required string TaskName { get; init; }

    /// <summary>Whether other agents may be attached beside it.</summary>
    public LeaseMode Mode { get; init; }

    /// <summary>The fencing token of its lease.</summary>
    public long Fence { get; init; }

    /// <summary>When the lease was granted, by the store's clock.</summary>
    public DateTimeOffset AcquiredAt { get; init; }

    /// <summary>When the lease ends unless renewed, by the store's clock; null never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The host it was granted on.</summary>
    public string? Host { get; init; }

    /// <summary>The process it was granted to.</summary>
    public int ProcessId { get; init; }

    /// <summary>What the agent said of its progress last; null when it said nothing.</summary>
    public string? Progress { get; init; }

    /// <summary>When the agent was heard of last, by the store's clock: at its last call in this task.</summary>
    public DateTimeOffset? LastSeen { get; init; }
}
