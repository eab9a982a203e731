namespace OpenCode.Tests.LockTaker.Histories;

/// <summary>A request and what came of it. Whatever it did, it did from <see cref="From"/> to <see cref="To"/>.</summary>
/// <param name="Ask">The question.</param>
/// <param name="Told">The answer; null when there is none.</param>
/// <param name="From">The time of the question.</param>
/// <param name="To">The time of the answer; without one, when the process was surely dead, or the end of all time.</param>
/// <param name="Outcome">What became of it.</param>
internal sealed record Call(HistoryEvent Ask, HistoryEvent? Told, long From, long To, Outcome Outcome)
{
    public Operation Operation => Ask.Operation;

    public string Process => Ask.Process;

    /// <summary>The task it is about; for a claim, the one that was given.</summary>
    public string? Task => Ask.Task ?? Told?.Task;

    /// <summary>The resource of that task, or null.</summary>
    public string? TaskResource => Task is { } task ? "task:" + task : null;

    /// <summary>True when it may have been carried out.</summary>
    public bool MayBeDone => Outcome is not Outcome.Refused;

    /// <summary>The leases that were told.</summary>
    public IReadOnlyList<SeenLease> Leases => Told?.Leases ?? [];
}
