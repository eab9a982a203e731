namespace OpenCode.Tasks;

/// <summary>What is waited for.</summary>
/// <param name="Tasks">The tasks: ids or unique beginnings of ids.</param>
public sealed record WaitRequest(IReadOnlyList<string> Tasks)
{
    /// <summary>The statuses in which a task is not worked on any more.</summary>
    public static IReadOnlyList<AgentTaskStatus> Ends { get; } = [AgentTaskStatus.Completed, AgentTaskStatus.Failed, AgentTaskStatus.Cancelled];

    /// <summary>Any of these statuses is waited for.</summary>
    public IReadOnlyList<AgentTaskStatus> Statuses { get; init; } = Ends;

    /// <summary>True to wait for one of the tasks, false for all of them.</summary>
    public bool Any { get; init; }

    /// <summary>The longest wait; null waits for ever.</summary>
    public TimeSpan? Limit { get; init; }
}
