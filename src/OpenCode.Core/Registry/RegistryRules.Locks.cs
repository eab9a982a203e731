using System.Globalization;
using OpenCode.Common;

namespace OpenCode.Registry;

/// <content>
/// Locks on resources. A lease is given when it is free, and to those who wait in the order of their coming: by whoever gives it back, in the same transaction,
/// so that nobody who comes by is faster. A request for several resources holds none while it waits, so nobody waits in a circle.
/// </content>
internal sealed partial class RegistryRules
{
    /// <summary>The most requests that may wait for one resource.</summary>
    private const int MostWaiting = 1_000;

    private void End(LeaseRow lease, bool lost)
    {
        transaction.DeleteLease(lease);
        if (LockResource.IsCounted(lease.Resource))
        {
            transaction.CountEnded(1, lost ? 1 : 0, Now - lease.AcquiredAt);
        }
    }

    private void CheckGuards(IReadOnlyList<LeaseGuard> guards)
    {
        foreach (var guard in guards)
        {
            if (!transaction.Leases(guard.Resource).Any(l => l.Fence == guard.Fence && !l.IsOver(Now, process)))
            {
                throw Lost(guard, "The change was not made.");
            }
        }
    }

    private LockGrant Acquire(AcquireLocks write)
    {
        if (write.Resources.All(transaction.IsUntouched))
        {
            return new LockGrant(Lease(write), null); // the usual case, by one short read a resource
        }

        Settle(write.Resources);
        var obstacle = write.Resources.Select(resource => Obstacle(resource, write)).FirstOrDefault(o => o is not null);
        if (obstacle is null)
        {
            return new LockGrant(Lease(write), null);
        }

        if (write.Wait is not { } wait)
        {
            throw obstacle;
        }

        var ticket = Ticket(write);
        foreach (var resource in write.Resources)
        {
            if (transaction.Waiters(resource).Count >= MostWaiting)
            {
                throw new OpenCodeException(OpenCodeError.LimitExceeded, string.Create(CultureInfo.InvariantCulture, $"{MostWaiting} requests wait for '{resource}' already, which is the limit. Try again later."), resource);
            }

            transaction.InsertWaiter(new WaiterRow(resource, ticket, write.Owner, write.Mode, write.Duration, write.Bound, Now, Now + wait, process));
        }

        if (LockResource.IsCounted(write.Resources[0]))
        {
            transaction.CountConflicts(1);
        }

        return new LockGrant([], ticket);
    }

    private Lease[] Withdraw(WithdrawTicket write)
    {
        var waiting = transaction.WaitersOf(write.Ticket);
        if (waiting.Count > 0)
        {
            transaction.DeleteWaiters(write.Ticket);
            Settle([.. waiting.Select(w => w.Resource)]);
            return [];
        }

        var granted = transaction.LeasesOfTicket(write.Ticket).Where(l => !(l.ExpiresAt <= Now)).ToList();
        if (!write.Release)
        {
            return [.. granted.Select(l => l.ToLease())];
        }

        granted.ForEach(lease => End(lease, lost: false));
        Settle([.. granted.Select(l => l.Resource)]);
        return [];
    }

    private Lease[] RenewLocks(RenewLocks write)
    {
        var renewed = new Lease[write.Leases.Count];
        for (var i = 0; i < renewed.Length; i++)
        {
            var guard = write.Leases[i];
            var held = transaction.Leases(guard.Resource).FirstOrDefault(l => l.Fence == guard.Fence && l.Owner == write.Owner && !l.IsOver(Now, process)) ?? throw Lost(guard, "Nothing was renewed.");
            var duration = write.Duration ?? held.Duration;
            held = held with { Duration = duration, ExpiresAt = Now + duration, SeenAt = Now };
            transaction.UpdateLease(held, held.Fence);
            renewed[i] = held.ToLease();
        }

        return renewed;
    }

    private List<Lease> Release(ReleaseLocks write)
    {
        var released = new List<Lease>();
        foreach (var (resource, fence) in write.Leases)
        {
            foreach (var lease in transaction.Leases(resource).Where(l => l.Owner == write.Owner && (fence is null || l.Fence == fence) && !l.IsOver(Now, process)))
            {
                End(lease, lost: false);
                released.Add(lease.ToLease());
            }
        }

        foreach (var (resource, _) in write.Leases)
        {
            if (transaction.Waiters(resource).Count > 0)
            {
                Settle([resource]);
            }
        }

        return released;
    }

    private OwnerRelease ReleaseOwner(ReleaseOwner write)
    {
        var touched = new HashSet<string>(StringComparer.Ordinal);
        foreach (var ticket in transaction.TicketsOf(write.Owner))
        {
            touched.UnionWith(transaction.WaitersOf(ticket).Select(w => w.Resource));
            transaction.DeleteWaiters(ticket);
        }

        var (released, changes) = (new List<Lease>(), new List<TaskChange>());
        foreach (var lease in transaction.LeasesOf(write.Owner).Where(l => LockResource.IsCounted(l.Resource) || LockResource.IsTurn(l.Resource)))
        {
            // Its turn to wait for a task is a way of waiting, and nothing it held.
            released.AddRange(LockResource.IsTurn(lease.Resource) ? [] : [lease.ToLease()]);
            if (TaskResource.TaskId(lease.Resource) is { } id && transaction.FindTask(id) is { } row)
            {
                var others = transaction.Leases(lease.Resource).Where(l => l.Fence != lease.Fence).ToList();
                changes.Add(Lose(row, others, [lease], $"everything it held was taken from it by {Describe(Actor.Operator)}", Describe(Actor.Operator)));
            }
            else
            {
                End(lease, lost: true);
                touched.Add(lease.Resource);
            }
        }

        Settle([.. touched]);
        return new OwnerRelease(released, changes);
    }

    private bool CountConflicts(CountConflicts write)
    {
        transaction.CountConflicts(write.Count);
        return true;
    }

    /// <summary>Ends what is over among the leases of resources, takes out of the line whoever does not wait any more, and gives what is free to those who wait.</summary>
    private int Settle(IReadOnlyList<string> resources)
    {
        var left = new Queue<string>(resources);
        var granted = 0;
        while (left.TryDequeue(out var resource))
        {
            EndOver(resource);
            foreach (var waiter in transaction.Waiters(resource))
            {
                if (waiter.IsOver(Now, process))
                {
                    // Its other resources may be what somebody else waits for.
                    foreach (var other in transaction.WaitersOf(waiter.Ticket).Where(w => w.Resource != resource))
                    {
                        left.Enqueue(other.Resource);
                    }

                    transaction.DeleteWaiters(waiter.Ticket);
                }
                else if (Serve(waiter, left))
                {
                    granted++;
                }
            }
        }

        return granted;
    }

    private bool EndOver(string resource)
    {
        var ended = false;
        foreach (var lease in transaction.Leases(resource).Where(l => l.IsOver(Now, process)))
        {
            End(lease, lost: true);
            ended = true;
        }

        return ended;
    }

    /// <summary>Gives a waiting request everything it wants, when that is free and nobody is before it at any of it.</summary>
    /// <param name="waiter">One of the request's rows.</param>
    /// <param name="touched">Given the other resources where something has ended: somebody before this request may wait there.</param>
    private bool Serve(WaiterRow waiter, Queue<string> touched)
    {
        var wanted = transaction.WaitersOf(waiter.Ticket);
        foreach (var one in wanted.Where(w => w.Resource != waiter.Resource))
        {
            if (EndOver(one.Resource))
            {
                touched.Enqueue(one.Resource);
            }
        }

        if (wanted.Any(one => transaction.Leases(one.Resource).Any(l => LockResource.Excludes(l.Mode, one.Mode))
            || transaction.Waiters(one.Resource).Any(w => w.Ticket < one.Ticket && LockResource.Excludes(w.Mode, one.Mode))))
        {
            return false;
        }

        transaction.DeleteWaiters(waiter.Ticket);
        foreach (var one in wanted)
        {
            Lease(one.Resource, one.Owner, one.Mode, one.Duration, one.Bound, one.Ticket, one.Process);
        }

        if (LockResource.IsCounted(waiter.Resource))
        {
            transaction.CountWait(Now - waiter.Since);
        }

        return true;
    }

    private Lease[] Lease(AcquireLocks write)
    {
        long? ticket = write.RequestKey is null ? null : Ticket(write);
        return [.. write.Resources.Select(resource => Lease(resource, write.Owner, write.Mode, write.Duration, write.Bound, ticket, process).ToLease())];
    }

    /// <summary>A number for a request, by which what it was granted is found when its process died before it could tell.</summary>
    private long Ticket(AcquireLocks write)
    {
        var ticket = transaction.NextFence();
        if (write.RequestKey is { } key && transaction.FindRequest(key) is { Response: null } begun)
        {
            transaction.PutRequest(begun with { PlannedId = ticket.ToString(CultureInfo.InvariantCulture) });
        }

        return ticket;
    }

    private LeaseRow Lease(string resource, string owner, LeaseMode mode, TimeSpan duration, bool bound, long? ticket, ProcessIdentity holder)
    {
        return transaction.InsertLease(new LeaseRow(resource, owner, mode, Now, Now + duration, duration, holder) { Bound = bound, Ticket = ticket, SeenAt = Now });
    }

    /// <summary>Why a resource cannot be given now; null when it can.</summary>
    private OpenCodeException? Obstacle(string resource, AcquireLocks write)
    {
        if (transaction.Leases(resource).FirstOrDefault(l => LockResource.Excludes(l.Mode, write.Mode)) is { } holder)
        {
            return LockErrors.Held(holder.ToLease(), write.Owner);
        }

        return transaction.Waiters(resource).FirstOrDefault(w => LockResource.Excludes(w.Mode, write.Mode)) is { } first
            ? new OpenCodeException(OpenCodeError.LockHeld, $"The lock '{resource}' cannot be taken: '{first.Owner}' has waited for it longer ({first.Process.Describe()}). Wait for it, and come in turn.", resource)
            : null;
    }

    private static OpenCodeException Lost(LeaseGuard guard, string then) => new(
        OpenCodeError.LeaseLost,
        string.Create(CultureInfo.InvariantCulture, $"The lock '{guard.Resource}' with fence {guard.Fence} is not held any more: it ended, was released, or was taken by another. {then} Stop what is done under it, and take the lock again to go on."),
        guard.Resource);
}
