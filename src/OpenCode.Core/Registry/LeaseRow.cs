using OpenCode.Common;

namespace OpenCode.Registry;

/// <summary>A lease as the registry keeps it.</summary>
internal sealed record LeaseRow(string Resource, long Fence, string Owner, LeaseMode Mode, DateTimeOffset AcquiredAt, DateTimeOffset? ExpiresAt, TimeSpan? Duration, ProcessIdentity Process)
{
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
    };
}
