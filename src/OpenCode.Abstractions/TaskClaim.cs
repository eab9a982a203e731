namespace OpenCode;

/// <summary>A task that was given to an agent, and the lease that came with it. Its properties carry the agent and its fence into every call that changes the task.</summary>
/// <param name="Task">The task, as it was after the claim.</param>
/// <param name="Lease">The agent's lease on it.</param>
public sealed record TaskClaim(AgentTask Task, Lease Lease)
{
    /// <summary>The task's id.</summary>
    public string TaskId => Task.Id;

    /// <summary>The task's name.</summary>
    public string Name => Task.Name;

    /// <summary>The agent that has it.</summary>
    public string AgentId => Lease.Owner;

    /// <summary>The fencing token the agent shows at its writes.</summary>
    public long Fence => Lease.Fence;

    /// <summary>When the lease ends unless the agent calls before, by the store's clock; null never.</summary>
    public DateTimeOffset? ExpiresAt => Lease.ExpiresAt;
}
