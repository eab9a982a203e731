using OpenCode.Common;

namespace OpenCode.Locks;

/// <summary>Where leases are kept. Every call is one transaction; what it returns is durable.</summary>
public interface ILeaseStore
{
    /// <summary>Leases resources, all or none.</summary>
    /// <param name="ask">What is wanted.</param>
    /// <param name="wait">How long the request may stand in the line; null refuses it with LockHeld.</param>
    /// <param name="cancellationToken">Ends it before it has begun.</param>
    /// <returns>The leases; or, for a request that waits, its ticket.</returns>
    ValueTask<(IReadOnlyList<Lease> Leases, long? Ticket)> AcquireAsync(LeaseAsk ask, TimeSpan? wait, CancellationToken cancellationToken);

    /// <summary>Leases resources, all or none, when no other write is under way; null, and nothing is done, when one is. Refuses with LockHeld what is not free.</summary>
    Task<IReadOnlyList<Lease>>? AcquireIfUndisturbed(LeaseAsk ask);

    /// <summary>Looks how things stand, without writing.</summary>
    ValueTask<LockLook> LookAsync(IReadOnlyList<string> resources, long? ticket, CancellationToken cancellationToken);

    /// <summary>Takes a request out of the line.</summary>
    /// <returns>What it was granted meanwhile, unless that is to be given back too.</returns>
    ValueTask<IReadOnlyList<Lease>> WithdrawAsync(long ticket, bool release, CancellationToken cancellationToken);

    /// <summary>Lengthens leases, all or none.</summary>
    ValueTask<IReadOnlyList<Lease>> RenewAsync(string owner, IReadOnlyList<LeaseGuard> leases, TimeSpan? duration, CancellationToken cancellationToken);

    /// <summary>Gives leases back, and tells which were there.</summary>
    ValueTask<IReadOnlyList<Lease>> ReleaseAsync(string owner, IReadOnlyList<(string Resource, long? Fence)> leases, CancellationToken cancellationToken);

    /// <summary>Takes everything from an owner.</summary>
    ValueTask<IReadOnlyList<Lease>> ReleaseOwnerAsync(string owner, CancellationToken cancellationToken);

    /// <summary>Ends what is over at resources, and serves those who wait.</summary>
    ValueTask SettleAsync(IReadOnlyList<string> resources, CancellationToken cancellationToken);

    /// <summary>Enters conflicts that were found by looking.</summary>
    ValueTask CountConflictsAsync(long count, CancellationToken cancellationToken);

    /// <summary>Every lease that fits, in order of resource and fence.</summary>
    ValueTask<IReadOnlyList<LeaseLook>> ListAsync(string? resource, string? owner, CancellationToken cancellationToken);

    /// <summary>Watches for commits from now on.</summary>
    ICommitWatch Watch();
}
