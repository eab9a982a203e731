namespace OpenCode.Registry;

/// <summary>Asks for a ready container instead of a new one.</summary>
/// <param name="Fingerprint">What it has to be; null for what no pool has, which is counted as a miss.</param>
public sealed record PoolAsk(string? Fingerprint);

/// <summary>Notes that a container is about to be made for the pool, when it lacks one and there is room.</summary>
/// <param name="Row">What is to be made; its process is the writer's.</param>
/// <param name="Target">How many of its fingerprint are wanted.</param>
/// <param name="Share">What all sandboxes together may take.</param>
public sealed record ReservePool(PoolRow Row, int Target, SandboxShare Share) : RegistryWrite<bool>;

/// <summary>Notes that it may be taken. False when it is wanted no longer, or another process has it removed.</summary>
public sealed record ReadyPool(string Id, string ContainerId) : RegistryWrite<bool>
{
    /// <inheritdoc />
    public override bool Finishes => true;
}

/// <summary>Keeps tasks from taking one that is about to be removed. Only one's own, or one whose process is gone.</summary>
/// <returns>False when it is a task's by now, or gone, or another process's that may live.</returns>
public sealed record DiscardPool(string Id) : RegistryWrite<bool>
{
    /// <inheritdoc />
    public override bool Finishes => true;
}

/// <summary>Takes the note out of one that is gone from the engine.</summary>
public sealed record ForgetPool(string Id) : RegistryWrite<bool>
{
    /// <inheritdoc />
    public override bool Finishes => true;
}

/// <summary>Gives back a container of the pool that turned out to be of no use, before anything was run in it: it is to be removed, and the task's sandbox is to be made.</summary>
/// <param name="Seen">The task's row with it.</param>
/// <param name="ContainerName">The name of the container to be made.</param>
/// <returns>False when the row is another by now.</returns>
public sealed record AbandonPool(SandboxRow Seen, string ContainerName) : RegistryWrite<bool>
{
    /// <inheritdoc />
    public override bool Finishes => true;
}
