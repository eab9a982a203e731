using OpenCode.Common;

namespace OpenCode.Locks;

/// <summary>Waits for resources in the order of coming. Whoever gives a resource back hands it to the next in the same transaction; the waiting process has only to see it.</summary>
/// <param name="store">Where leases are kept.</param>
/// <param name="clock">The clock of limits.</param>
internal sealed class LockLine(ILeaseStore store, TimeProvider clock)
{
    // A holder whose process died is noticed as late as this by those who wait, when nobody else asks.
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    // The ticket of a process that does not take it back is given up as much later.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>Waits.</summary>
    /// <returns>The leases, and the moment before which they did not begin.</returns>
    public async Task<(IReadOnlyList<Lease> Leases, long Since)> AcquireAsync(LeaseAsk ask, TimeSpan wait, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        using var watch = store.Watch();
        while (true)
        {
            var since = clock.GetTimestamp();
            var left = wait - clock.GetElapsedTime(started);
            var (leases, ticket) = await store.AcquireAsync(ask, (left > TimeSpan.Zero ? left : TimeSpan.Zero) + Grace, cancellationToken).ConfigureAwait(false);
            if (ticket is not { } number)
            {
                return (leases, since);
            }

            if (await StandAsync(ask, number, wait, started, watch, cancellationToken).ConfigureAwait(false) is { } granted)
            {
                return granted;
            }

            // The ticket was taken for a dead one's, or what it was granted ended before this process, stopped meanwhile, saw it: once more, from the end of the line.
        }
    }

    private async Task<(IReadOnlyList<Lease> Leases, long Since)?> StandAsync(LeaseAsk ask, long ticket, TimeSpan wait, long started, ICommitWatch watch, CancellationToken cancellationToken)
    {
        try
        {
            var since = clock.GetTimestamp();
            long? looked = null;
            while (true)
            {
                // A busy store wakes everybody who waits at each of its commits: only the ticket is looked at then, and the whole now and then.
                var now = clock.GetTimestamp();
                var whole = looked is not { } last || clock.GetElapsedTime(last, now) >= LookEvery;
                looked = whole ? now : looked;
                var look = await store.LookAsync(whole ? ask.Resources : [], ticket, cancellationToken).ConfigureAwait(false);
                if (!look.Waits && look.Granted.Count == 0 && clock.GetElapsedTime(since) < ask.Duration && clock.GetElapsedTime(started) < wait)
                {
                    // Neither the wait nor what it may have been granted can have ended by its time since it was seen waiting.
                    throw LockErrors.TakenFromLine(ask.Resources, ask.Owner);
                }

                if (!look.Waits)
                {
                    return look.Granted.Count == ask.Resources.Count ? (look.Granted, since) : await GiveBackAsync(ticket).ConfigureAwait(false);
                }

                since = now; // it waited still: what it is granted begins after this
                if (look.IsUnsettled)
                {
                    await store.SettleAsync(ask.Resources, cancellationToken).ConfigureAwait(false);
                    continue;
                }

                var left = wait - clock.GetElapsedTime(started);
                if (left <= TimeSpan.Zero)
                {
                    var late = await store.WithdrawAsync(ticket, release: false, CancellationToken.None).ConfigureAwait(false);
                    if (late.Count == ask.Resources.Count)
                    {
                        return (late, since);
                    }

                    await GiveBackAsync(ticket).ConfigureAwait(false);
                    throw await TimedOutAsync(ask, wait, cancellationToken).ConfigureAwait(false);
                }

                await watch.ChangedAsync(left < LookEvery ? left : LookEvery, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is not OpenCodeException { Error: OpenCodeError.LockTimeout })
        {
            // Cancelled, or the store cannot be read: nobody stands in the line for this any more.
            await store.WithdrawAsync(ticket, release: true, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    // Part of what was granted was taken away before it was seen: the rest would be in the way of everybody, of this request first.
    private async Task<(IReadOnlyList<Lease> Leases, long Since)?> GiveBackAsync(long ticket)
    {
        await store.WithdrawAsync(ticket, release: true, CancellationToken.None).ConfigureAwait(false);
        return null;
    }

    private async Task<OpenCodeException> TimedOutAsync(LeaseAsk ask, TimeSpan wait, CancellationToken cancellationToken)
    {
        var look = await store.LookAsync(ask.Resources, null, cancellationToken).ConfigureAwait(false);
        return LockErrors.TimedOut(ask.Resources, wait, look.Leases.FirstOrDefault(l => !l.IsOver)?.Lease);
    }
}
