namespace OpenCode.Tests.LockTaker.Histories;

/// <summary>What must never be.</summary>
internal enum ViolationKind
{
    /// <summary>Two had a resource, or an exclusive task, at one time.</summary>
    TwoExclusiveHolders,

    /// <summary>A collaborative lease was beside an exclusive one.</summary>
    ExclusiveBesideCollaborative,

    /// <summary>A later grant of a resource had no higher fence.</summary>
    FenceNotGrown,

    /// <summary>A change was made with a fence that was over.</summary>
    OldFenceAccepted,

    /// <summary>A holder was told that it had lost what it surely held.</summary>
    RefusedThoughHeld,

    /// <summary>A completion that was acknowledged is not in the registry.</summary>
    CompleteLost,

    /// <summary>Two completions of one task were acknowledged.</summary>
    CompletedTwice,

    /// <summary>One attempt at a task was given to two, or what was given is not in the journal.</summary>
    ClaimNotOnce,

    /// <summary>A merge that was acknowledged is gone.</summary>
    MergeLost,

    /// <summary>A change that was refused was made.</summary>
    RefusedButDone,

    /// <summary>A dead holder kept something for longer than its lease.</summary>
    Stuck,
}
