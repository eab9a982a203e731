namespace OpenCode;

/// <summary>What a hook is told.</summary>
public sealed record HookInvocation
{
    /// <summary>The hook that runs.</summary>
    public required Hook Hook { get; init; }

    /// <summary>The moment.</summary>
    public HookEvent Event => Hook.Event;

    /// <summary>The task: as it is before the change for a hook that runs before, as the change left it for one that runs after.</summary>
    public required AgentTask Task { get; init; }

    /// <summary>The task's id.</summary>
    public string TaskId => Task.Id;

    /// <summary>The agent in whose name the change is made; null for the operator.</summary>
    public string? AgentId { get; init; }

    /// <summary>The result the task completes or fails with; null at a start.</summary>
    public TaskResult? Result { get; init; }

    /// <summary>What went wrong, when the task fails.</summary>
    public string? Error => Result?.Error;

    /// <summary>When the hook was called (UTC, milliseconds).</summary>
    public DateTimeOffset Timestamp { get; init; }
}
