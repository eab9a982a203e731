namespace OpenCode.Tests.LockTaker.Histories;

/// <summary>
/// What a dead holder had is free after its lease, and a lock that was bound to its process at once. Everybody who asks ends what is over before it is
/// answered, however slow the machine is; so a question that was asked after that moment, and whose answer still names the dead, shows that something is stuck.
/// </summary>
internal static class StuckCheck
{
    // Between the store's clock and the checker's within one lease; and from the moment a process was waited for.
    private const long Slack = 50 * Time.Millisecond;

    public static IEnumerable<Violation> Find(HistoryIndex history, ILookup<string, Hold> holds)
    {
        var dead = history.Lives.Where(l => l.Value.DeadAt != long.MaxValue).ToDictionary(StringComparer.Ordinal);
        var owners = history.Calls.Where(c => c.Ask.Owner is not null && c.Operation is not Operation.ReleaseOwner && dead.ContainsKey(c.Process)).GroupBy(c => c.Ask.Owner!, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => (dead[g.First().Process].DeadAt, Lease: g.Max(c => c.Ask.LeaseTime ?? 0) * Time.Millisecond), StringComparer.Ordinal);
        return Sights(history, owners).Concat(Refusals(history, owners)).Concat(Passed(history, holds, dead));
    }

    /// <summary>The longest time from a holder's death to the next grant of its task, and how far beyond its lease that was.</summary>
    public static (TimeSpan Longest, TimeSpan BeyondLease, int Recovered) Measure(HistoryIndex history, ILookup<string, Hold> holds)
    {
        var (longest, beyond, recovered) = (0L, 0L, 0);
        foreach (var hold in holds.SelectMany(h => h).Where(h => !h.Bound && h.LeaseTime is not null && history.Lives.ContainsKey(h.Process)))
        {
            var died = history.Lives[hold.Process].DeadAt;
            if (died < hold.EndedFrom && holds[hold.Resource].Where(h => h.Fence > hold.Fence).MinBy(h => h.Fence) is { } next && next.GrantedTo > died)
            {
                recovered++;
                longest = Math.Max(longest, next.GrantedTo - died);
                beyond = Math.Max(beyond, next.GrantedTo - died - hold.LeaseTime!.Value);
            }
        }

        return (Span(longest), Span(beyond), recovered);
    }

    private static IEnumerable<Violation> Sights(HistoryIndex history, Dictionary<string, (long DeadAt, long Lease)> owners)
    {
        var sights = history.Calls.Where(c => c.Outcome is Outcome.Done).Select(c => (c.From, c.Process, c.Leases))
            .Concat(history.Found.Select(e => (e.At, e.Process, Leases: e.Leases ?? [])));
        foreach (var (from, process, leases) in sights)
        {
            foreach (var lease in leases)
            {
                if (owners.TryGetValue(lease.Owner, out var dead) && from > dead.DeadAt + (lease.Bound ? 0 : dead.Lease) + Slack)
                {
                    yield return new Violation(ViolationKind.Stuck, lease.Resource, $"'{process}', asking at {Time.Text(from)}, was told of {lease}, whose holder was dead at {Time.Text(dead.DeadAt)} and whose leases were for up to {Time.Text(dead.Lease)} ms.");
                }
            }
        }
    }

    private static IEnumerable<Violation> Refusals(HistoryIndex history, Dictionary<string, (long DeadAt, long Lease)> owners)
    {
        foreach (var call in history.Calls.Where(c => c is { Outcome: Outcome.Refused, Told.Holder: not null }))
        {
            // What the dead held may have been bound to its process or not: the longer time is taken.
            if (owners.TryGetValue(call.Told!.Holder!, out var dead) && call.From > dead.DeadAt + dead.Lease + Slack)
            {
                yield return new Violation(ViolationKind.Stuck, call.Told.Target ?? call.Told.Holder!, $"{call.Operation} by '{call.Process}', asked at {Time.Text(call.From)}, was refused for '{call.Told.Holder}', which was dead at {Time.Text(dead.DeadAt)} and whose leases were for up to {Time.Text(dead.Lease)} ms.");
            }
        }
    }

    /// <summary>A claim that was given nothing, or something that comes later, while a dead agent's task was to be had.</summary>
    private static IEnumerable<Violation> Passed(HistoryIndex history, ILookup<string, Hold> holds, Dictionary<string, Life> dead)
    {
        var claims = history.Calls.Where(c => c.Operation is Operation.Claim).ToList();
        var longest = claims.Select(c => c.Ask.LeaseTime ?? 0).DefaultIfEmpty(0).Max() * Time.Millisecond;
        var unknown = claims.Where(c => c.Outcome is Outcome.Unknown).ToList();
        var given = history.Calls.Where(c => c is { Operation: Operation.Claim or Operation.Create, Outcome: Outcome.Done, Task: not null }).GroupBy(c => c.Task!, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First().Told!, StringComparer.Ordinal);
        var touched = history.Calls.Where(c => c.Task is not null && c.Operation is Operation.Claim or Operation.Attach or Operation.Resume or Operation.Complete or Operation.Fail or Operation.Cancel or Operation.Detach)
            .ToLookup(c => c.Task!, StringComparer.Ordinal);
        foreach (var hold in holds.Where(h => h.Key.StartsWith("task:", StringComparison.Ordinal)).SelectMany(h => h).Where(h => h is { Mode: LeaseMode.Exclusive, LeaseTime: not null } && dead.ContainsKey(h.Process)))
        {
            var task = hold.Resource["task:".Length..];
            if (!given.TryGetValue(task, out var told))
            {
                continue;
            }

            var freeFrom = dead[hold.Process].DeadAt + hold.LeaseTime!.Value + Slack;
            // From the first call that may have given or ended it on, nothing is sure any more. One that was stopped before it was told may have been followed by then.
            var sureTo = touched[task].Where(c => c.MayBeDone && c.To > hold.GrantedFrom && !(c.Process == hold.Process && c.From == hold.GrantedFrom)).Select(c => c.From).DefaultIfEmpty(long.MaxValue).Min();
            foreach (var claim in claims.Where(c => c.Outcome is Outcome.Done && c.From > freeFrom && c.To < sureTo))
            {
                // A claimer that died before its answer may have had it, until its own lease ended; one that is not answered yet may have it.
                if (unknown.Exists(c => c.From < claim.To && (c.To == long.MaxValue || (c.To > hold.GrantedFrom && c.To + longest + Slack > claim.From))))
                {
                    continue;
                }

                if (claim.Task is null || (claim.Told!.Priority <= told.Priority && claim.Told.Created > told.Created))
                {
                    yield return new Violation(ViolationKind.Stuck, hold.Resource, $"a claim by '{claim.Process}', asked at {Time.Text(claim.From)}, was given {claim.Task ?? "nothing"}; '{task}' came before, and {hold} was dead at {Time.Text(dead[hold.Process].DeadAt)}.");
                    break;
                }
            }
        }
    }

    private static TimeSpan Span(long nanoseconds) => TimeSpan.FromMicroseconds(nanoseconds / 1000);
}
