namespace OpenCode.Tests.LockTaker.Histories;

/// <summary>At no time two exclusive holders, and never an exclusive one beside a collaborative one.</summary>
internal static class ExclusionCheck
{
    public static IEnumerable<Violation> Find(HistoryIndex history, ILookup<string, Hold> holds) => holds.SelectMany(Overlaps).Concat(history.Calls.Concat(Finals(history)).SelectMany(Sights));

    private static IEnumerable<Violation> Overlaps(IGrouping<string, Hold> holds)
    {
        var present = new List<Hold>();
        foreach (var hold in holds.OrderBy(h => h.GrantedFrom))
        {
            present.RemoveAll(p => p.SureTo < hold.GrantedFrom);
            foreach (var other in present.Where(p => p.Excludes(hold) && p.Fence != hold.Fence))
            {
                // Both surely held at some moment; or one was surely held from before the other can have been granted until after it was.
                var from = Math.Max(hold.GrantedTo, other.GrantedTo);
                if (from < Math.Min(hold.SureTo, other.SureTo))
                {
                    yield return Both(other, hold, $"both surely held it from {Time.Text(from)} to {Time.Text(Math.Min(hold.SureTo, other.SureTo))}");
                }
                else if (Within(hold, other))
                {
                    yield return Both(other, hold, "the second was granted while the first surely held it");
                }
                else if (Within(other, hold))
                {
                    yield return Both(hold, other, "the second was granted while the first surely held it");
                }
            }

            present.Add(hold);
        }
    }

    private static bool Within(Hold granted, Hold held) => held.GrantedTo < granted.GrantedFrom && granted.GrantedTo < held.SureTo;

    private static Violation Both(Hold first, Hold second, string how) => new(
        first.Mode == second.Mode ? ViolationKind.TwoExclusiveHolders : ViolationKind.ExclusiveBesideCollaborative, first.Resource, $"{first} and {second}: {how}.");

    /// <summary>Leases that were seen in one answer are of one moment.</summary>
    private static IEnumerable<Violation> Sights(Call call)
    {
        if (call is not { Outcome: Outcome.Done, Operation: Operation.Leases or Operation.FinalLeases })
        {
            yield break;
        }

        foreach (var leases in call.Leases.GroupBy(l => l.Resource, StringComparer.Ordinal).Where(g => g.Count() > 1 && g.Any(l => l.Mode is LeaseMode.Exclusive)))
        {
            var kind = leases.All(l => l.Mode is LeaseMode.Exclusive) ? ViolationKind.TwoExclusiveHolders : ViolationKind.ExclusiveBesideCollaborative;
            yield return new Violation(kind, leases.Key, $"'{call.Process}' was told at {Time.Text(call.To)} of the leases {string.Join(", ", leases)} at once.");
        }
    }

    private static IEnumerable<Call> Finals(HistoryIndex history) => history.Found.Where(e => e.Leases is not null).Select(e => new Call(e, e, e.At, e.At, Outcome.Done));
}
