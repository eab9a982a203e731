using OpenCode.Common;

namespace OpenCode.Registry;

/// <summary>What a committed write did to a task.</summary>
/// <param name="Row">The task after it.</param>
/// <param name="Pending">Every journal entry of the task that is not in its layers yet, in order: those of this write and any a dead process left.</param>
public sealed record TaskChange(TaskRow Row, IReadOnlyList<JournalEntry> Pending)
{
    /// <summary>The lease that was granted or renewed, when the write was about one.</summary>
    public Lease? Lease { get; init; }

    /// <summary>Other tasks whose journal got an entry in the same transaction. Their layers follow once this task's lock is free: nobody holds two.</summary>
    public IReadOnlyList<string> Told { get; init; } = [];
}
