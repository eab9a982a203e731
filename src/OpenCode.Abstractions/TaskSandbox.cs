namespace OpenCode;

/// <summary>A task's sandbox: one container, or what is known of it before there is one.</summary>
public sealed record TaskSandbox
{
    /// <summary>The task.</summary>
    public required string TaskId { get; init; }

    /// <summary>The container's name on the engine.</summary>
    public required string Name { get; init; }

    /// <summary>How it stands.</summary>
    public SandboxStatus Status { get; init; }

    /// <summary>The image it is made from.</summary>
    public required string Image { get; init; }

    /// <summary>What it can reach.</summary>
    public SandboxNetwork Network { get; init; }

    /// <summary>The engine's id of the container; null when there is none.</summary>
    public string? ContainerId { get; init; }

    /// <summary>The most memory, in MiB.</summary>
    public int MemoryMiB { get; init; }

    /// <summary>The relative CPU weight.</summary>
    public int CpuShares { get; init; }

    /// <summary>The most processes and threads.</summary>
    public int PidsLimit { get; init; }

    /// <summary>When the container was made (UTC); null when there is none.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>The container's name, so that a sandbox reads well inside a string.</summary>
    public override string ToString() => Name;
}
