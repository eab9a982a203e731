using OpenCode.Common;
using OpenCode.Locks;
using OpenCode.Registry;

namespace OpenCode.Tasks;

/// <summary>Leases as the registry keeps them.</summary>
/// <param name="way">The way of changes: what ends at a task is told in its files.</param>
internal sealed class RegistryLeases(TaskWay way) : ILeaseStore
{
    /// <inheritdoc />
    public async ValueTask<(IReadOnlyList<Lease> Leases, long? Ticket)> AcquireAsync(LeaseAsk ask, TimeSpan? wait, CancellationToken cancellationToken)
    {
        var grant = await way.Registry.WriteAsync(Write(ask, wait), cancellationToken).ConfigureAwait(false);
        return (grant.Leases, grant.Ticket);
    }

    /// <inheritdoc />
    public Task<IReadOnlyList<Lease>>? AcquireIfUndisturbed(LeaseAsk ask)
    {
        return way.Registry.WriteIfFree(Write(ask, null)) is { } grant ? LeasesAsync(grant) : null;

        static async Task<IReadOnlyList<Lease>> LeasesAsync(Task<LockGrant> grant) => (await grant.ConfigureAwait(false)).Leases;
    }

    /// <inheritdoc />
    public ValueTask<LockLook> LookAsync(IReadOnlyList<string> resources, long? ticket, CancellationToken cancellationToken) => way.Registry.LookAtLocksAsync(resources, ticket, cancellationToken);

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<Lease>> WithdrawAsync(long ticket, bool release, CancellationToken cancellationToken) => way.Registry.WriteAsync(new WithdrawTicket(ticket, release), cancellationToken);

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<Lease>> RenewAsync(string owner, IReadOnlyList<LeaseGuard> leases, TimeSpan? duration, CancellationToken cancellationToken) =>
        way.Registry.WriteAsync(new RenewLocks(owner, leases, duration), cancellationToken);

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<Lease>> ReleaseAsync(string owner, IReadOnlyList<(string Resource, long? Fence)> leases, CancellationToken cancellationToken) =>
        way.Registry.WriteAsync(new ReleaseLocks(owner, leases), cancellationToken);

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<Lease>> ReleaseOwnerAsync(string owner, CancellationToken cancellationToken)
    {
        var released = await way.Registry.WriteAsync(new ReleaseOwner(owner), cancellationToken).ConfigureAwait(false);
        await way.SettleToldAsync([.. released.Changes.Select(c => c.Row.Task.Id)]).ConfigureAwait(false);
        return released.Leases;
    }

    /// <inheritdoc />
    public async ValueTask SettleAsync(IReadOnlyList<string> resources, CancellationToken cancellationToken)
    {
        // What is over at a task is more than a lease: an agent is lost there.
        if (resources.Any(resource => TaskResource.TaskId(resource) is not null))
        {
            await way.SweepAsync(cancellationToken).ConfigureAwait(false);
        }

        string[] locks = [.. resources.Where(resource => TaskResource.TaskId(resource) is null)];
        if (locks.Length > 0)
        {
            await way.Registry.WriteAsync(new SettleLocks(locks), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public async ValueTask CountConflictsAsync(long count, CancellationToken cancellationToken) => await way.Registry.WriteAsync(new CountConflicts(count), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<LeaseLook>> ListAsync(string? resource, string? owner, CancellationToken cancellationToken) => way.Registry.LocksAsync(resource, owner, cancellationToken);

    /// <inheritdoc />
    public ICommitWatch Watch() => way.Registry.Watch();

    private static AcquireLocks Write(LeaseAsk ask, TimeSpan? wait) => new(ask.Resources, ask.Owner, ask.Mode, ask.Duration, ask.Bound, wait) { RequestKey = ask.RequestKey };
}
