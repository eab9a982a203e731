namespace OpenCode.Tests.LockTaker.Histories;

/// <summary>What was acknowledged is in the registry at the end: completions, claims, merges. What was refused is not.</summary>
internal static class OutcomeCheck
{
    public static IEnumerable<Violation> Find(HistoryIndex history)
    {
        var tasks = history.Found.Where(e => e.Operation is Operation.FinalTask).ToDictionary(e => e.Task!, StringComparer.Ordinal);
        return Completes(history, tasks).Concat(Claims(history)).Concat(Merges(history));
    }

    private static IEnumerable<Violation> Completes(HistoryIndex history, Dictionary<string, HistoryEvent> tasks)
    {
        foreach (var completes in history.Calls.Where(c => c.Operation is Operation.Complete).GroupBy(c => c.Ask.Task!, StringComparer.Ordinal))
        {
            var found = tasks.GetValueOrDefault(completes.Key);
            var done = completes.Where(c => c.Outcome is Outcome.Done).ToList();
            if (done.Count > 1)
            {
                yield return new Violation(ViolationKind.CompletedTwice, completes.Key, $"completions were acknowledged to {string.Join(" and ", done.Select(c => $"'{c.Process}' at {Time.Text(c.To)}"))}.");
            }

            foreach (var lost in done.Where(c => found is not { Status: nameof(AgentTaskStatus.Completed) } || found.Key != c.Ask.Key))
            {
                yield return new Violation(ViolationKind.CompleteLost, completes.Key, $"the completion '{lost.Ask.Key}' was acknowledged at {Time.Text(lost.To)}; the registry has {(found is null ? "no such task" : $"it as {found.Status} with '{found.Key}'")}.");
            }

            foreach (var refused in completes.Where(c => c.Outcome is Outcome.Refused && found?.Key == c.Ask.Key))
            {
                yield return new Violation(ViolationKind.RefusedButDone, completes.Key, $"the completion '{refused.Ask.Key}' was refused with {refused.Told!.Error}, and is in the registry.");
            }
        }
    }

    private static IEnumerable<Violation> Claims(HistoryIndex history)
    {
        var claims = history.Calls.Where(c => c is { Operation: Operation.Claim, Outcome: Outcome.Done, Task: not null }).ToList();
        foreach (var twice in claims.GroupBy(c => (c.Task, c.Told!.Attempt)).Where(g => g.Count() > 1))
        {
            yield return new Violation(ViolationKind.ClaimNotOnce, twice.Key.Task!, $"attempt {twice.Key.Attempt} was given to {string.Join(" and ", twice.Select(c => $"'{c.Ask.Owner}' at {Time.Text(c.To)}"))}.");
        }

        var journals = history.Found.Where(e => e is { Operation: Operation.FinalEntry, Fence: not null }).Select(e => (e.Task, e.Owner, e.Fence!.Value)).ToHashSet();
        if (journals.Count == 0)
        {
            yield break;
        }

        foreach (var claim in claims)
        {
            if (claim.Leases is not [var lease, ..] || !journals.Contains((claim.Task, claim.Ask.Owner, lease.Fence)))
            {
                yield return new Violation(ViolationKind.ClaimNotOnce, claim.Task!, $"it was given to '{claim.Ask.Owner}' at {Time.Text(claim.To)}, and its journal does not say so.");
            }
        }
    }

    /// <summary>A key has one writer, which only raises it; so whoever looks later sees no less than was acknowledged before.</summary>
    private static IEnumerable<Violation> Merges(HistoryIndex history)
    {
        var merges = history.Calls.Where(c => c.Ask is { Key: not null, Value: not null }).ToLookup(c => (c.Task!, c.Ask.Key!));
        var sights = history.Calls.Where(c => c is { Outcome: Outcome.Done, Told.Values: not null }).Select(c => (c.Task!, c.From, c.To, c.Told!.Values!))
            .Concat(history.Found.Where(e => e.Values is not null).Select(e => (e.Task!, e.At, e.At, e.Values!)))
            .ToLookup(s => s.Item1, StringComparer.Ordinal);
        foreach (var merge in merges)
        {
            // Metadata and state have keys of their own names, so a sight that has none of a kind is no sight of it.
            var (task, key) = merge.Key;
            var acknowledged = merge.Where(c => c.Outcome is Outcome.Done).OrderBy(c => c.To).ToList();
            var refused = merge.Where(c => c.Outcome is Outcome.Refused).Select(c => c.Ask.Value!.Value).ToHashSet();
            foreach (var (_, from, to, values) in sights[task].Where(s => s.Item4.ContainsKey(KindOf(key))))
            {
                var seen = values.GetValueOrDefault(key, long.MinValue);
                if (acknowledged.LastOrDefault(c => c.To < from) is { } last && seen < last.Ask.Value)
                {
                    yield return new Violation(ViolationKind.MergeLost, task, $"'{key}' = {last.Ask.Value} was acknowledged at {Time.Text(last.To)}; whoever looked from {Time.Text(from)} to {Time.Text(to)} saw {(seen == long.MinValue ? "none" : seen)}.");
                }

                if (refused.Contains(seen))
                {
                    yield return new Violation(ViolationKind.RefusedButDone, task, $"'{key}' = {seen} was refused, and was seen at {Time.Text(to)}.");
                }
            }
        }
    }

    /// <summary>What marks a sight as one of this kind of keys, also when there are none yet: its prefix up to the colon.</summary>
    private static string KindOf(string key) => key[..(key.IndexOf(':', StringComparison.Ordinal) + 1)];
}
