namespace OpenCode.Tests.LockTaker.Histories;

/// <summary>No change is made with a fence that is over, and none is refused whose fence is not.</summary>
internal static class WriteCheck
{
    // The clocks of lease and checker may run apart by as much within one lease.
    private const long Slack = 50 * Time.Millisecond;

    public static IEnumerable<Violation> Find(HistoryIndex history, ILookup<string, Hold> holds)
    {
        var signs = Signs(history);
        foreach (var call in history.Calls)
        {
            foreach (var (resource, fence) in Shown(call))
            {
                var shown = holds[resource].FirstOrDefault(h => h.Fence == fence && (h.Owner == call.Ask.Owner || call.Ask.GuardFence == fence));
                if (shown is null)
                {
                    continue; // the grant itself was never told: its holder died before
                }

                if (call.Outcome is Outcome.Done && Over(call, shown, holds[resource], signs) is { } reason)
                {
                    yield return new Violation(ViolationKind.OldFenceAccepted, resource, $"{call.Operation} by '{call.Process}' with fence {fence}, asked at {Time.Text(call.From)}, was carried out, but {reason}.");
                }

                if (IsLoss(call, resource) && shown.GrantedTo < call.From && call.To < shown.DueTo)
                {
                    yield return new Violation(ViolationKind.RefusedThoughHeld, resource, $"{call.Operation} by '{call.Process}' with fence {fence} was refused with {call.Told!.Error} at {Time.Text(call.To)}, but {shown} was to have it until {Time.Text(shown.DueTo)}.");
                }
            }
        }
    }

    /// <summary>The leases a change was made under. A heartbeat that is told its task is finished is no change.</summary>
    private static IEnumerable<(string Resource, long Fence)> Shown(Call call)
    {
        if (call is { Ask: { Guard: { } guard, GuardFence: { } fence } })
        {
            yield return (guard, fence);
        }

        if (call.Ask.Fence is not { } own || call is { Operation: Operation.Beat, Outcome: Outcome.Done, Leases.Count: 0 })
        {
            yield break;
        }

        foreach (var resource in call.Ask.Resources ?? (call.TaskResource is { } task ? [task] : []))
        {
            yield return (resource, own);
        }
    }

    /// <summary>Why a lease was surely over when a change was asked for; null when it may not have been.</summary>
    private static string? Over(Call call, Hold shown, IEnumerable<Hold> all, ILookup<(string Resource, string? Owner), Call> signs)
    {
        if (shown.OverFrom < call.From)
        {
            return shown.OverBy;
        }

        if (all.FirstOrDefault(h => h.Fence > shown.Fence && h.GrantedTo < call.From && (h.Excludes(shown) || h.Owner == shown.Owner)) is { } next)
        {
            return $"{next} had been granted since";
        }

        if (shown.LeaseTime is not { } lease)
        {
            return null;
        }

        // Whatever its holder asked for may have renewed it, as late as the answer came.
        var last = signs[(shown.Resource, shown.Owner)].Where(c => c != call && c.From < call.From).Select(c => Math.Min(c.To, call.From)).Append(shown.GrantedTo).Max();
        return call.From > last + lease + Slack ? $"its holder was last heard of at {Time.Text(last)}, and the lease was for {Time.Text(lease)} ms" : null;
    }

    private static ILookup<(string Resource, string? Owner), Call> Signs(HistoryIndex history) => history.Calls
        .SelectMany(c => (c.Ask.Resources ?? (c.TaskResource is { } task ? [task] : [])).Concat(c.Ask.Guard is { } guard ? [guard] : []), (c, resource) => (Resource: resource, Call: c))
        .ToLookup(s => (s.Resource, s.Call.Ask.Owner), s => s.Call);

    private static bool IsLoss(Call call, string resource) => call.Outcome is Outcome.Refused
        && call.Told!.Error is nameof(OpenCodeError.LeaseLost) or nameof(OpenCodeError.AgentNotAttached)
        && (call.Ask.Guard is null || call.Told.Target == resource || "task:" + call.Told.Target == resource);
}
