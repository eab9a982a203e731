using OpenCode.Common;

namespace OpenCode.Sandboxes;

/// <summary>Everything that decides what a task's container is.</summary>
public sealed record SandboxSpecification
{
    /// <summary>Where in a sandbox the program is by which commands are run from inside, when there is one: a read-only mount.</summary>
    public const string RunnerPath = "/.opencode/runner";

    /// <summary>The id of the store, in the labels.</summary>
    public required string StoreId { get; init; }

    /// <summary>The task, in the labels and the name.</summary>
    public required string TaskId { get; init; }

    /// <summary>The image.</summary>
    public required string Image { get; init; }

    /// <summary>The folder on the host that is /workspace inside; must exist.</summary>
    public required string Workspace { get; init; }

    /// <summary>The process that asks for it, in the labels.</summary>
    public required ProcessIdentity Owner { get; init; }

    /// <summary>Memory, and memory plus swap, in MiB.</summary>
    public int MemoryMiB { get; init; } = 512;

    /// <summary>Relative CPU weight.</summary>
    public int CpuShares { get; init; } = 512;

    /// <summary>The most processes and threads.</summary>
    public int PidsLimit { get; init; } = 100;

    /// <summary>What it may reach.</summary>
    public SandboxNetwork Network { get; init; }

    /// <summary>The engine's runtime; null takes the engine's default. One that is made already keeps its own.</summary>
    public string? Runtime { get; init; }

    /// <summary>The folder on the host that keeps the program by which commands are run from inside; null has every command run by the engine's exec. One that is made already keeps what it has.</summary>
    public string? RunnerFolder { get; init; }

    /// <summary>True for what its maker needs for a moment: it lives no longer than that process, and its task is none.</summary>
    public bool IsHelper { get; init; }

    /// <summary>What the container is in the pool, in the labels; null for one that is made for its task. With an empty <see cref="TaskId"/> it is nobody's yet.</summary>
    public string? Pool { get; init; }

    /// <summary>Prefix of names of containers and networks.</summary>
    public string NamePrefix { get; init; } = "opencode";

    /// <summary>The container's name: prefix, the first eight characters of the store's id, the task's id; or the one it was given when the prefix was another.</summary>
    public string ContainerName
    {
        get => field ?? $"{NamePrefix}-{StoreId[..8]}-{TaskId}";
        init;
    }

    /// <summary>The name of its network.</summary>
    public string NetworkName => $"{ContainerName}-{(Network is SandboxNetwork.Bridge ? "bridge" : "internal")}";
}
