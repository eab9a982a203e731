using OpenCode.Common;

namespace OpenCode.Registry;

/// <summary>Leases resources to an owner: all of them or none.</summary>
/// <param name="Resources">The resources, sorted and each once.</param>
/// <param name="Owner">Who wants them.</param>
/// <param name="Mode">Whether others may have them at the same time.</param>
/// <param name="Duration">How long the leases last unless renewed.</param>
/// <param name="Bound">True for leases that end with the process.</param>
/// <param name="Wait">How long the request may stand in the line when the resources are not free; null refuses it at once with LockHeld.</param>
public sealed record AcquireLocks(IReadOnlyList<string> Resources, string Owner, LeaseMode Mode, TimeSpan Duration, bool Bound, TimeSpan? Wait) : RegistryWrite<LockGrant>
{
    /// <summary>The idempotency key of a request in work that is to find again what it was granted: its planned id becomes the ticket.</summary>
    public string? RequestKey { get; init; }
}

/// <summary>Takes a waiting request out of the line.</summary>
/// <param name="Ticket">Its ticket.</param>
/// <param name="Release">True to give back what it was granted meanwhile, too.</param>
public sealed record WithdrawTicket(long Ticket, bool Release) : RegistryWrite<IReadOnlyList<Lease>>
{
    /// <inheritdoc />
    public override bool Finishes => true;
}

/// <summary>Lengthens leases: all of them or none. The fences stay.</summary>
/// <param name="Owner">Who holds them.</param>
/// <param name="Leases">The leases.</param>
/// <param name="Duration">How long they last from now; null as long as before.</param>
public sealed record RenewLocks(string Owner, IReadOnlyList<LeaseGuard> Leases, TimeSpan? Duration) : RegistryWrite<IReadOnlyList<Lease>>
{
    /// <inheritdoc />
    public override bool Finishes => true;
}

/// <summary>Gives leases back; those that are gone already are left out of the answer.</summary>
/// <param name="Owner">Who holds them.</param>
/// <param name="Leases">Resources and fences; a fence of null means whichever the owner has.</param>
public sealed record ReleaseLocks(string Owner, IReadOnlyList<(string Resource, long? Fence)> Leases) : RegistryWrite<IReadOnlyList<Lease>>
{
    /// <inheritdoc />
    public override bool Finishes => true;
}

/// <summary>Takes from an owner everything it holds or waits for: locks, and as an agent its tasks.</summary>
public sealed record ReleaseOwner(string Owner) : RegistryWrite<OwnerRelease>;

/// <summary>Ends what is over among the leases of resources, and serves those who wait for them.</summary>
public sealed record SettleLocks(IReadOnlyList<string> Resources) : RegistryWrite<int>
{
    /// <inheritdoc />
    public override bool Finishes => true;
}

/// <summary>Enters how many requests were refused or had to wait.</summary>
public sealed record CountConflicts(long Count) : RegistryWrite<bool>
{
    /// <inheritdoc />
    public override bool Finishes => true;
}

/// <summary>What a request for locks came to.</summary>
/// <param name="Leases">What was granted, in the order of the resources; empty when the request waits.</param>
/// <param name="Ticket">Its ticket, when it waits.</param>
public sealed record LockGrant(IReadOnlyList<Lease> Leases, long? Ticket);

/// <summary>What was taken from an owner.</summary>
/// <param name="Leases">The leases that ended.</param>
/// <param name="Changes">The tasks it was attached to, as they are now.</param>
public sealed record OwnerRelease(IReadOnlyList<Lease> Leases, IReadOnlyList<TaskChange> Changes);

/// <summary>Gives the next ready task to an agent: of the highest priority the oldest.</summary>
/// <param name="Request">The agent, and how long its lease lasts.</param>
/// <param name="Owner">Only tasks of this owner, or null for any.</param>
public sealed record ClaimTask(LeaseRequest Request, string? Owner) : RegistryWrite<ClaimOutcome>
{
    /// <summary>Tasks to pass over.</summary>
    public IReadOnlyList<string> Except { get; init; } = [];
}

/// <summary>Takes a claim back that its agent was not told of: the task is as after a lost agent. Does nothing when the lease has ended already.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="Fence">The fence of the lease.</param>
/// <param name="Why">Why, for the journal.</param>
public sealed record ReturnTask(string TaskId, long Fence, string Why) : RegistryWrite<bool>
{
    /// <inheritdoc />
    public override bool Finishes => true;
}

/// <summary>What a claim came to.</summary>
/// <param name="Change">The task with its lease; null when none is ready.</param>
public sealed record ClaimOutcome(TaskChange? Change);

/// <summary>Renews an agent's lease and keeps what it says of its progress.</summary>
public sealed record BeatAgent(string TaskId, Actor Actor, string? Progress) : RegistryWrite<TaskChange>;
