using OpenCode.Common;

namespace OpenCode.Registry;

/// <summary>A lease as the registry keeps it.</summary>
internal sealed record LeaseRow(string Resource, string Owner, LeaseMode Mode, DateTimeOffset AcquiredAt, DateTimeOffset? ExpiresAt, TimeSpan? Duration, ProcessIdentity Process)
{
    /// <summary>The number of the grant; 0 as long as it is not given.</summary>
    public long Fence { get; init; }

    /// <summary>True when it ends with its process.</summary>
    public bool Bound { get; init; }

    /// <summary>The ticket of the request that waited for it, or null.</summary>
    public long? Ticket { get; init; }

    /// <summary>When its holder was heard of last.</summary>
    public DateTimeOffset? SeenAt { get; init; }

    /// <summary>What its holder said of its progress last.</summary>
    public string? Progress { get; init; }

    /// <summary>True when the lease is over: its time is up, or it ends with a process that is known to be gone.</summary>
    /// <param name="now">The store's clock.</param>
    /// <param name="asker">Who asks: another host's processes are not looked for.</param>
    public bool IsOver(DateTimeOffset now, ProcessIdentity asker) => ExpiresAt <= now || (Bound && !Process.MayLive(asker));

    public Lease ToLease() => new()
    {
        Resource = Resource,
        Owner = Owner,
        Mode = Mode,
        Fence = Fence,
        AcquiredAt = AcquiredAt,
        ExpiresAt = ExpiresAt,
        Host = Process.Host,
        ProcessId = Process.ProcessId,
        Detached = !Bound,
    };
}
