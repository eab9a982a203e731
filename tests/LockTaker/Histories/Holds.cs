namespace OpenCode.Tests.LockTaker.Histories;

/// <summary>Finds out who held what, and for how long that is sure.</summary>
internal static class Holds
{
    /// <summary>Every hold of a run, by resource.</summary>
    public static ILookup<string, Hold> Of(HistoryIndex history)
    {
        var holds = new List<Hold>();
        var known = new Dictionary<(string Resource, long Fence), Hold>();
        foreach (var call in history.Calls.Where(c => c.Outcome is Outcome.Done).OrderBy(c => c.To))
        {
            foreach (var lease in call.Leases.Where(l => l.Owner == call.Ask.Owner && Tells(call.Operation)))
            {
                if (!Grants(call.Operation) && known.TryGetValue((lease.Resource, lease.Fence), out var hold))
                {
                    hold.ExpiresAt = Expiry(history, lease); // the renewals of one holder follow each other
                    continue;
                }

                // A grant that is told of by a later answer was made when it was asked for: by this owner, before.
                var from = Grants(call.Operation)
                    ? call.From
                    : history.Calls.Where(c => c.Operation is Operation.Resume && c.TaskResource == lease.Resource && c.Ask.Owner == lease.Owner && c.From < call.From).Select(c => c.From).DefaultIfEmpty(long.MinValue).Max();
                hold = new Hold
                {
                    Resource = lease.Resource,
                    Owner = lease.Owner,
                    Process = call.Process,
                    Fence = lease.Fence,
                    Mode = lease.Mode,
                    Bound = lease.Bound,
                    GrantedFrom = from,
                    GrantedTo = call.To,
                    LeaseTime = call.Ask.LeaseTime * Time.Millisecond,
                    ExpiresAt = Expiry(history, lease),
                };
                known.TryAdd((lease.Resource, lease.Fence), hold);
                holds.Add(hold);
            }
        }

        var found = holds.ToLookup(h => h.Resource, StringComparer.Ordinal);
        foreach (var call in history.Calls)
        {
            End(found, call);
        }

        foreach (var hold in holds.Where(h => h.Bound && history.Lives.ContainsKey(h.Process)))
        {
            hold.EndedFrom = Math.Min(hold.EndedFrom, history.Lives[hold.Process].EndsAt);
        }

        return found;
    }

    /// <summary>True for a request that gives a lease.</summary>
    public static bool Grants(Operation operation) => operation is Operation.Claim or Operation.Attach or Operation.Acquire;

    private static bool Tells(Operation operation) => Grants(operation) || operation is Operation.Beat or Operation.Renew;

    private static long Expiry(HistoryIndex history, SeenLease lease) => lease.Expires is { } wall ? history.EarliestAt(wall) : long.MaxValue;

    private static void End(ILookup<string, Hold> holds, Call call)
    {
        switch (call.Operation)
        {
            case Operation.Release:
                foreach (var resource in call.Ask.Resources ?? [])
                {
                    End(holds[resource].Where(h => h.Owner == call.Ask.Owner && (call.Ask.Fence is null || call.Ask.Fence == h.Fence)), call);
                }

                break;
            case Operation.ReleaseOwner:
                End(holds.SelectMany(h => h).Where(h => h.Owner == call.Ask.Owner), call);
                break;
            case Operation.Complete or Operation.Fail or Operation.Cancel or Operation.OperatorUpdate:
                // An agent's own change under an older fence says nothing of the newer ones, unless it was made: then all its task's agents are gone.
                End(holds[call.TaskResource!].Where(h => call.Outcome is not Outcome.Refused || h.Owner == call.Ask.Owner), call);
                break;
            case Operation.Detach or Operation.Attach or Operation.Resume:
                End(holds[call.TaskResource!].Where(h => h.Owner == call.Ask.Owner && !call.Leases.Any(l => l.Fence == h.Fence)), call);
                break;
            case Operation.Beat or Operation.Update or Operation.State or Operation.Log:
                End(holds[call.TaskResource!].Where(h => h.Owner == call.Ask.Owner), call);
                break;
            case Operation.Renew:
                End((call.Ask.Resources ?? []).SelectMany(r => holds[r]).Where(h => h.Owner == call.Ask.Owner), call);
                break;
        }
    }

    private static void End(IEnumerable<Hold> holds, Call call)
    {
        foreach (var hold in holds.Where(h => call.To > h.GrantedFrom))
        {
            var finished = call is { Operation: Operation.Beat, Outcome: Outcome.Done } && call.Leases.Count == 0;
            if (call.Outcome is Outcome.Refused || finished)
            {
                if ((finished || Losses.Contains(call.Told!.Error)) && call.Ask.Fence == hold.Fence && call.From > hold.GrantedTo)
                {
                    hold.LostFrom = Math.Min(hold.LostFrom, call.From);
                    Over(hold, call, "its holder was told that it was lost");
                }

                continue;
            }

            if (!IsEnd(call))
            {
                continue;
            }

            hold.EndedFrom = Math.Min(hold.EndedFrom, call.From);
            if (call.Outcome is Outcome.Done && call.From > hold.GrantedTo)
            {
                Over(hold, call, $"{call.Operation} by '{call.Process}' was acknowledged");
            }
        }
    }

    private static readonly HashSet<string?> Losses = [nameof(OpenCodeError.LeaseLost), nameof(OpenCodeError.AgentNotAttached)];

    private static bool IsEnd(Call call) => call.Operation is not (Operation.Update or Operation.State or Operation.Log or Operation.Renew or Operation.Beat);

    private static void Over(Hold hold, Call call, string how)
    {
        if (call.To < hold.OverFrom)
        {
            (hold.OverFrom, hold.OverBy) = (call.To, $"{how} at {Time.Text(call.To)}");
        }
    }
}
