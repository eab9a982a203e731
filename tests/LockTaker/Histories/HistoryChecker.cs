namespace OpenCode.Tests.LockTaker.Histories;

/// <summary>
/// Looks for what must never be in what many processes were told. It knows nothing of the product: only that whatever a request did, it did between its
/// question and its answer. What it reports surely happened; what may have been otherwise it does not report.
/// </summary>
internal static class HistoryChecker
{
    /// <summary>Every violation of a run.</summary>
    public static IReadOnlyList<Violation> Check(IEnumerable<HistoryEvent> events) => Check(new HistoryIndex(events));

    /// <summary>Every violation of a run.</summary>
    public static IReadOnlyList<Violation> Check(HistoryIndex history)
    {
        var holds = Holds.Of(history);
        return
        [
            .. ExclusionCheck.Find(history, holds),
            .. FenceCheck.Find(history, holds),
            .. WriteCheck.Find(history, holds),
            .. OutcomeCheck.Find(history),
            .. StuckCheck.Find(history, holds),
        ];
    }
}
