namespace OpenCode;

/// <summary>The tasks of a store in numbers, all of one moment.</summary>
public sealed record TaskStatistic
{
    /// <summary>How many tasks there are.</summary>
    public long Total { get; init; }

    /// <summary>How many of them can be started now.</summary>
    public long Ready { get; init; }

    /// <summary>How many there are of each status.</summary>
    public required StatusCounts ByStatus { get; init; }

    /// <summary>The owners with the most tasks, at most a hundred, most first.</summary>
    public IReadOnlyList<OwnerCount> ByOwner { get; init; } = [];

    /// <summary>How many owners there are besides those in <see cref="ByOwner"/>.</summary>
    public long OtherOwners { get; init; }

    /// <summary>How many tasks those others have together.</summary>
    public long TasksOfOtherOwners { get; init; }

    /// <summary>How long finished tasks took.</summary>
    public required DurationStatistic Durations { get; init; }

    /// <summary>The leases on tasks.</summary>
    public required LockStatistic Locks { get; init; }

    /// <summary>The tasks created last, newest first.</summary>
    public IReadOnlyList<AgentTask> Recent { get; init; } = [];
}
