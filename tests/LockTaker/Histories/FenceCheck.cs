namespace OpenCode.Tests.LockTaker.Histories;

/// <summary>Every later grant of a resource has a higher fence, and no fence is given twice.</summary>
internal static class FenceCheck
{
    public static IEnumerable<Violation> Find(HistoryIndex history, ILookup<string, Hold> holds) => holds.SelectMany(Grants).Concat(Journals(history));

    private static IEnumerable<Violation> Grants(IGrouping<string, Hold> holds)
    {
        foreach (var twice in holds.GroupBy(h => h.Fence).Where(g => g.Count() > 1))
        {
            yield return new Violation(ViolationKind.FenceNotGrown, holds.Key, $"the fence was given twice: {string.Join(", and ", twice)}.");
        }

        // In order of the grants, as far as it is known: those that had ended before this one was asked for.
        var ended = new Queue<Hold>(holds.OrderBy(h => h.GrantedTo));
        Hold? highest = null;
        foreach (var hold in holds.OrderBy(h => h.GrantedFrom))
        {
            while (ended.TryPeek(out var before) && before.GrantedTo < hold.GrantedFrom)
            {
                highest = highest is null || before.Fence > highest.Fence ? before : highest;
                ended.Dequeue();
            }

            if (highest is not null && highest.Fence > hold.Fence)
            {
                yield return new Violation(ViolationKind.FenceNotGrown, holds.Key, $"{highest} was granted before {hold}.");
            }
        }
    }

    private static IEnumerable<Violation> Journals(HistoryIndex history)
    {
        foreach (var journal in history.Found.Where(e => e is { Operation: Operation.FinalEntry, Fence: not null }).GroupBy(e => e.Task!, StringComparer.Ordinal))
        {
            var grants = journal.OrderBy(e => e.Number).ToList();
            foreach (var (before, after) in grants.Zip(grants.Skip(1)).Where(pair => pair.First.Fence >= pair.Second.Fence))
            {
                yield return new Violation(ViolationKind.FenceNotGrown, "task:" + journal.Key, $"the journal has fence {before.Fence} at entry {before.Number} and fence {after.Fence} at entry {after.Number}.");
            }
        }
    }
}
