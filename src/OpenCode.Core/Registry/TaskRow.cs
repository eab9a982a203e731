namespace OpenCode.Registry;

/// <summary>A task with what the registry keeps beside it.</summary>
/// <param name="Number">The task's number in this store; grows, never used twice.</param>
/// <param name="Task">What callers see.</param>
/// <param name="LastSeq">The number of its newest journal entry.</param>
/// <param name="ProjectedSeq">Journal entries up to this one are in the layers.</param>
/// <param name="ChangedBy">Who made the last change of the row, for people.</param>
/// <param name="CheckpointId">The checkpoint it was last saved to or restored from.</param>
public sealed record TaskRow(long Number, AgentTask Task, long LastSeq, long ProjectedSeq, string ChangedBy, string? CheckpointId)
{
    /// <summary>How many of the tasks it depends on are not Completed.</summary>
    public int Unfinished { get; init; }

    /// <summary>The task as the database had it when this row was read or written last, however it was changed since; null when that is not known.</summary>
    internal AgentTask? Stored { get; init; }
}
