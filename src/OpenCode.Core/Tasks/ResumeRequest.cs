namespace OpenCode.Tasks;

/// <summary>A task to be taken up again. Either <see cref="Task"/> or <see cref="Checkpoint"/> has to be given.</summary>
public sealed record ResumeRequest
{
    /// <summary>The task; null when the checkpoint tells.</summary>
    public string? Task { get; init; }

    /// <summary>The checkpoint to restore first.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>The agent that gets a lease in the same moment; null resumes as the operator.</summary>
    public string? Agent { get; init; }

    /// <summary>How long the agent's lease lasts; null takes locks.agentLeaseSeconds.</summary>
    public TimeSpan? Lease { get; init; }
}
