namespace OpenCode.Tasks;

/// <summary>An agent that wants to work on a task.</summary>
/// <param name="Agent">The agent.</param>
public sealed record AttachRequest(string Agent)
{
    /// <summary>How long the lease lasts from the last call in the agent's name; null takes locks.agentLeaseSeconds.</summary>
    public TimeSpan? Lease { get; init; }

    /// <summary>True for a lease that does not end by itself.</summary>
    public bool NoExpiry { get; init; }

    /// <summary>How long to wait for an exclusive task to become free; zero fails at once with LockHeld.</summary>
    public TimeSpan Wait { get; init; }
}
