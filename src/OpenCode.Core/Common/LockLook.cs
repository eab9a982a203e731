namespace OpenCode.Common;

/// <summary>How things stand at resources, of one moment.</summary>
/// <param name="Leases">The leases on them.</param>
/// <param name="Waits">True when the request that was asked about still waits.</param>
/// <param name="Granted">What it was granted when it does not wait any more, by resource.</param>
public sealed record LockLook(IReadOnlyList<LeaseLook> Leases, bool Waits, IReadOnlyList<Lease> Granted)
{
    /// <summary>True when something is over that nobody has ended yet: a lease, or the wait of a process that is gone.</summary>
    public bool IsUnsettled { get; init; }
}
