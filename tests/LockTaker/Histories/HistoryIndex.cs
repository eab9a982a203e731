namespace OpenCode.Tests.LockTaker.Histories;

/// <summary>All events of a run, put together: who asked what, and what became of it.</summary>
internal sealed class HistoryIndex
{
    // A refusal says that nothing was done. Of anything else (a store that did not open, files that could not be written) that is not known.
    private static readonly HashSet<string> Refusals = new(StringComparer.Ordinal)
    {
        nameof(OpenCodeError.LockHeld), nameof(OpenCodeError.LockTimeout), nameof(OpenCodeError.LeaseLost), nameof(OpenCodeError.AgentNotAttached),
        nameof(OpenCodeError.InvalidTransition), nameof(OpenCodeError.VersionConflict), nameof(OpenCodeError.TaskNotFound), nameof(OpenCodeError.InvalidArgument),
    };

    /// <summary>Puts them together, in any order.</summary>
    public HistoryIndex(IEnumerable<HistoryEvent> events)
    {
        var all = events.ToList();
        Lives = Ends(all);
        var answers = all.Where(e => e.Kind is EventKind.Told).ToDictionary(e => (e.Process, e.Number));
        Calls = [.. all.Where(e => e.Kind is EventKind.Ask).Select(ask => Join(ask, answers.GetValueOrDefault((ask.Process, ask.Number)))).OrderBy(c => c.From)];
        Found = [.. all.Where(e => e.Kind is EventKind.Found)];
        Did = [.. all.Where(e => e.Kind is EventKind.Did).OrderBy(e => e.At)];
        // The wall was read before the monotonic clock, so a pause in between makes the difference smaller, never larger.
        _offset = all.Where(e => e.Wall != 0).Select(e => (e.Wall * 1_000_000) - e.At).DefaultIfEmpty(0).Max();
    }

    private readonly long _offset;

    /// <summary>Every request, by the time of its question.</summary>
    public IReadOnlyList<Call> Calls { get; }

    /// <summary>Processes that were killed, or left.</summary>
    public IReadOnlyDictionary<string, Life> Lives { get; }

    /// <summary>What was found when all was over.</summary>
    public IReadOnlyList<HistoryEvent> Found { get; }

    /// <summary>What was done to processes.</summary>
    public IReadOnlyList<HistoryEvent> Did { get; }

    /// <summary>The earliest moment at which the store's clock can have come to a time.</summary>
    /// <param name="wall">The time, in Unix milliseconds.</param>
    public long EarliestAt(long wall) => (wall * 1_000_000) - _offset;

    private static Dictionary<string, Life> Ends(List<HistoryEvent> all)
    {
        var dead = all.Where(e => e.Operation is Operation.Dead).ToDictionary(e => e.Process, e => e.At, StringComparer.Ordinal);
        return all.Where(e => e.Operation is Operation.Killed or Operation.Leaves).GroupBy(e => e.Process, StringComparer.Ordinal)
            .ToDictionary(ends => ends.Key, ends => new Life(ends.Min(e => e.At), dead.GetValueOrDefault(ends.Key, long.MaxValue)), StringComparer.Ordinal);
    }

    private Call Join(HistoryEvent ask, HistoryEvent? told)
    {
        var outcome = told switch
        {
            null => Outcome.Unknown,
            { Error: null } => Outcome.Done,
            { Error: { } error } => Refusals.Contains(error) ? Outcome.Refused : Outcome.Unknown,
        };
        var end = Lives.TryGetValue(ask.Process, out var life) ? life.DeadAt : long.MaxValue;
        return new Call(ask, told, ask.At, told?.At ?? end, outcome);
    }
}
