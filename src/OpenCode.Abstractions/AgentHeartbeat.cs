namespace OpenCode;

/// <summary>The answer to an agent's heartbeat: whether it still has its task, and until when.</summary>
public sealed record AgentHeartbeat
{
    /// <summary>The task.</summary>
    public required string TaskId { get; init; }

    /// <summary>The agent.</summary>
    public required string AgentId { get; init; }

    /// <summary>The task's status now. Anything but Running tells the agent to stop: the task was cancelled or finished by somebody else.</summary>
    public AgentTaskStatus Status { get; init; }

    /// <summary>True when the agent has its lease, now renewed.</summary>
    public bool Attached { get; init; }

    /// <summary>The fencing token of its lease; null when it has none any more.</summary>
    public long? Fence { get; init; }

    /// <summary>When the lease ends unless renewed, by the store's clock; null never, or when there is none.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Why the task failed or was cancelled, when it was.</summary>
    public string? Error { get; init; }
}
