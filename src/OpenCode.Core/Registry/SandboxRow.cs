using OpenCode.Common;

namespace OpenCode.Registry;

/// <summary>A task's container as the registry knows it.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="ContainerName">Its name, known before it is made.</param>
/// <param name="ContainerId">The engine's id, once it answered.</param>
/// <param name="Image">The image.</param>
public sealed record SandboxRow(string TaskId, string ContainerName, string? ContainerId, string Image)
{
    /// <summary>How it was when a process last knew.</summary>
    public SandboxState State { get; init; }

    /// <summary>What is being done to it; null for nothing.</summary>
    public SandboxDeed? Deed { get; init; }

    /// <summary>Who does it; null when that process gave up and left it to whoever comes next.</summary>
    public ProcessIdentity? Process { get; init; }

    /// <summary>What it may reach.</summary>
    public SandboxNetwork Network { get; init; }

    /// <summary>Its own limit of memory in MiB, or null.</summary>
    public int? MemoryMiB { get; init; }

    /// <summary>Its own CPU weight, or null.</summary>
    public int? CpuShares { get; init; }

    /// <summary>Its own limit of processes, or null.</summary>
    public int? PidsLimit { get; init; }

    /// <summary>What the container was in the pool, which its label says; null for one that was made for the task.</summary>
    public string? Pool { get; init; }

    /// <summary>True when something is set that is to outlive the container.</summary>
    public bool HasSettings => Network is not SandboxNetwork.None || MemoryMiB is not null || CpuShares is not null || PidsLimit is not null;

    /// <summary>True when it takes a part of what all may take: it has a container that runs or is frozen, or is being made. One that has stopped takes nothing.</summary>
    public bool HasPlace => State is SandboxState.Present or SandboxState.Suspended || Deed is SandboxDeed.Create or SandboxDeed.Resume;

    /// <summary>True when a process is at it that may live.</summary>
    public bool IsInWork(ProcessIdentity asker) => Deed is not null && Process?.MayLive(asker) is true;
}
