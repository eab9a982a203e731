namespace OpenCode.Tasks;

/// <summary>An agent that wants the next task there is to do.</summary>
/// <param name="Agent">The agent.</param>
public sealed record ClaimRequest(string Agent)
{
    /// <summary>Only tasks of this owner; null for any.</summary>
    public string? Owner { get; init; }

    /// <summary>How long the lease lasts from the last call in the agent's name; null takes locks.agentLeaseSeconds.</summary>
    public TimeSpan? Lease { get; init; }

    /// <summary>True for a lease that does not end by itself.</summary>
    public bool NoExpiry { get; init; }

    /// <summary>How long to wait for a task when none is ready; zero does not wait, null waits without an end.</summary>
    public TimeSpan? Wait { get; init; } = TimeSpan.Zero;

    /// <summary>The idempotency key of the request the claim is made for, which <see cref="TaskRequests"/> has begun: what is claimed is noted there in the same transaction, so that a repeat after this process's death finds it.</summary>
    public string? RequestKey { get; init; }
}
