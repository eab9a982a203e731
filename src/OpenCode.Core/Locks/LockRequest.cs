namespace OpenCode.Locks;

/// <summary>Somebody who wants one or several resources: all of them or none.</summary>
/// <param name="Resources">Their names, in any order.</param>
/// <param name="Owner">Who wants them. The same owner in two flows excludes itself.</param>
public sealed record LockRequest(IReadOnlyList<string> Resources, string Owner)
{
    /// <summary>Exclusive: nobody else has them; Collaborative: others may, collaboratively too.</summary>
    public LeaseMode Mode { get; init; }

    /// <summary>How long the lease lasts unless renewed; null takes locks.leaseSeconds.</summary>
    public TimeSpan? Lease { get; init; }

    /// <summary>How long to wait in the line when they are not free; zero fails at once with LockHeld, null takes locks.waitSeconds.</summary>
    public TimeSpan? Wait { get; init; }

    /// <summary>True for a lock that only time ends; otherwise it also ends with this process.</summary>
    public bool Detached { get; init; }

    /// <summary>The idempotency key under which it is asked: by it a repeat finds what was granted when the process died before it could answer.</summary>
    public string? RequestKey { get; init; }
}
