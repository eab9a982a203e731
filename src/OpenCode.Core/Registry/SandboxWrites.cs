using OpenCode.Common;

namespace OpenCode.Registry;

/// <summary>Notes what is about to be done to a task's container, before the engine is asked.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="Deed">What is to be done.</param>
/// <param name="ContainerName">The container's name, when there is no note of one yet.</param>
/// <param name="Image">Its image, when there is none yet.</param>
/// <param name="Actor">In whose name.</param>
public sealed record BeginSandbox(string TaskId, SandboxDeed Deed, string ContainerName, string Image, Actor Actor) : RegistryWrite<SandboxRow>
{
    /// <summary>The settings to change with it, or null.</summary>
    public SandboxSettings? Settings { get; init; }

    /// <summary>What all sandboxes together may take; null asks nobody.</summary>
    public SandboxShare? Share { get; init; }

    /// <summary>The ticket of one who waited for room; used up with it.</summary>
    public long? Ticket { get; init; }

    /// <summary>Asks for a ready container, when there is none yet; null asks for none.</summary>
    public PoolAsk? Pool { get; init; }
}

/// <summary>What the sandboxes of a store may take together.</summary>
/// <param name="MostSandboxes">How many may have a container; 0 for any number.</param>
/// <param name="MostMemoryMiB">What their limits of memory may come to; 0 for anything.</param>
/// <param name="UsualMemoryMiB">The limit of one that has none of its own.</param>
public sealed record SandboxShare(int MostSandboxes, long MostMemoryMiB, int UsualMemoryMiB);

/// <summary>Settings of a sandbox; null leaves one as it is.</summary>
/// <param name="Network">What it may reach.</param>
/// <param name="MemoryMiB">The most memory.</param>
/// <param name="CpuShares">The CPU weight.</param>
/// <param name="PidsLimit">The most processes.</param>
public sealed record SandboxSettings(SandboxNetwork? Network, int? MemoryMiB, int? CpuShares, int? PidsLimit);

/// <summary>Notes what became of it, and tells the task.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="Deed">What was noted before; another one's note stays.</param>
/// <param name="State">How the container is now.</param>
/// <param name="ContainerId">The container; null when there is none.</param>
public sealed record EndSandbox(string TaskId, SandboxDeed Deed, SandboxState State, string? ContainerId) : RegistryWrite<TaskChange>
{
    /// <summary>What the task's log says; null says nothing.</summary>
    public SandboxNews? News { get; init; }

    /// <inheritdoc />
    public override bool Finishes => true;
}

/// <summary>What a task is told of its sandbox.</summary>
/// <param name="Event">The event.</param>
/// <param name="Level">How grave it is.</param>
/// <param name="Message">A sentence.</param>
public sealed record SandboxNews(TaskEvent Event, LogLevel Level, string Message);

/// <summary>Leaves what was begun to whoever comes next: this process could not finish it, and lives on.</summary>
public sealed record LeaveSandbox(string TaskId, SandboxDeed Deed) : RegistryWrite<bool>
{
    /// <inheritdoc />
    public override bool Finishes => true;
}

/// <summary>Puts back what was set before a change that the engine refused; what is begun stays begun.</summary>
/// <param name="Seen">The row with the change.</param>
/// <param name="Before">The row before it.</param>
public sealed record RevertSandbox(SandboxRow Seen, SandboxRow Before) : RegistryWrite<bool>
{
    /// <inheritdoc />
    public override bool Finishes => true;
}

/// <summary>Brings a note to what the engine shows, when nobody has changed the note since.</summary>
/// <param name="Seen">The row as it was read before the engine was asked.</param>
/// <param name="State">How the container is; Planned when it is gone.</param>
/// <param name="ContainerId">The container; null when there is none.</param>
public sealed record CorrectSandbox(SandboxRow Seen, SandboxState State, string? ContainerId) : RegistryWrite<TaskChange>
{
    /// <summary>What the task's log says; null says nothing.</summary>
    public SandboxNews? News { get; init; }

    /// <inheritdoc />
    public override bool Finishes => true;
}
