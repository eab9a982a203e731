namespace OpenCode;

/// <summary>How the containers stand that are kept ready for new sandboxes, and what came of them.</summary>
public sealed record SandboxPool
{
    /// <summary>The image they are made from.</summary>
    public required string Image { get; init; }

    /// <summary>How many are wanted; 0 when none are.</summary>
    public int Target { get; init; }

    /// <summary>How many a task could take at once.</summary>
    public int Ready { get; init; }

    /// <summary>How many are being made.</summary>
    public int Making { get; init; }

    /// <summary>How many new sandboxes were taken from the pool since the store was made.</summary>
    public long Hits { get; init; }

    /// <summary>How many had to be made although a pool was wanted: none was ready, or none that is what the task needs.</summary>
    public long Misses { get; init; }

    /// <summary>Why this process keeps none, when it should; null when it does, or is not to.</summary>
    public string? Problem { get; init; }
}
