namespace OpenCode;

/// <summary>What a task's sandbox uses at a moment, as the engine measures it. Counters grow from the start of its container.</summary>
public sealed record SandboxUsage
{
    /// <summary>The task.</summary>
    public required string TaskId { get; init; }

    /// <summary>When it was measured, by the engine's clock.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Processor time over the second before, in percent of one processor.</summary>
    public required double CpuPercent { get; init; }

    /// <summary>How many processors it can be run on.</summary>
    public required int Processors { get; init; }

    /// <summary>Memory, without the cache that the kernel can take back, in bytes.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>The limit of memory, in bytes.</summary>
    public required long MemoryLimitBytes { get; init; }

    /// <summary>Memory in percent of its limit.</summary>
    public double MemoryPercent => MemoryLimitBytes <= 0 ? 0 : 100.0 * MemoryBytes / MemoryLimitBytes;

    /// <summary>Processes and threads.</summary>
    public required int Pids { get; init; }

    /// <summary>The most processes and threads there may be; null when there is no limit.</summary>
    public required int? PidsLimit { get; init; }

    /// <summary>Bytes that came in over its networks.</summary>
    public required long NetworkReceivedBytes { get; init; }

    /// <summary>Bytes that went out over its networks.</summary>
    public required long NetworkSentBytes { get; init; }

    /// <summary>Bytes read from disks; what comes out of the kernel's cache is not counted.</summary>
    public required long DiskReadBytes { get; init; }

    /// <summary>Bytes written to disks; what is in the kernel's cache still is not counted.</summary>
    public required long DiskWrittenBytes { get; init; }
}
