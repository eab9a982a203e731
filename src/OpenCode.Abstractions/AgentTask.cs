namespace OpenCode;

/// <summary>A task as the registry knows it: the truth about identity, status, agents and version at the time it was read.</summary>
public sealed record AgentTask
{
    /// <summary>The id: <c>^[A-Za-z0-9_-]{1,128}$</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The name, 1 to 255 characters; need not be unique.</summary>
    public required string Name { get; init; }

    /// <summary>What the task is about.</summary>
    public string? Description { get; init; }

    /// <summary>Where the task is in its life.</summary>
    public AgentTaskStatus Status { get; init; }

    /// <summary>How many agents may be attached at a time.</summary>
    public AgentTaskMode Mode { get; init; }

    /// <summary>Whom the task belongs to; <c>system</c> when nobody was named.</summary>
    public string Owner { get; init; } = "system";

    /// <summary>The agents attached now, in order of attachment.</summary>
    public IReadOnlyList<string> Agents { get; init; } = [];

    /// <summary>Higher goes first when tasks are claimed; 0 by default.</summary>
    public int Priority { get; init; }

    /// <summary>The ids of the tasks that have to be Completed before this one can start, in the order they were given. A task that is deleted is no longer among them.</summary>
    public IReadOnlyList<string> DependsOn { get; init; } = [];

    /// <summary>True when the task can be started now: it is Pending, and every task it depends on is Completed.</summary>
    public bool Ready { get; init; }

    /// <summary>The caller's own data, a JSON object.</summary>
    public JsonMap Metadata { get; init; } = JsonMap.Empty;

    /// <summary>The outcome of a completed or failed task.</summary>
    public TaskResult? Result { get; init; }

    /// <summary>Why the task failed or was cancelled.</summary>
    public string? Error { get; init; }

    /// <summary>Grows by one with every change of the task itself; the base of optimistic updates. What becomes of the tasks it depends on does not count.</summary>
    public long Version { get; init; }

    /// <summary>How often the task was taken up again after its last agent was lost; 1 for the first attempt.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>The container image of the sandbox; null takes the configured one.</summary>
    public string? Image { get; init; }

    /// <summary>When the task was created (UTC).</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the task was last changed (UTC).</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When the task was last started (UTC).</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the task completed, failed or was cancelled (UTC).</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The id, so that a task reads well inside a string.</summary>
    public override string ToString() => Id;
}
