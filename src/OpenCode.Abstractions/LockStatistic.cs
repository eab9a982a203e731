namespace OpenCode;

/// <summary>The locks in numbers: those on resources, and the leases of agents on tasks. What the product leases for its own use is left out.</summary>
/// <param name="Active">The leases held now.</param>
/// <param name="Exclusive">Those of them that are exclusive.</param>
/// <param name="Collaborative">Those of them that allow others beside them.</param>
/// <param name="Expired">How many leases of the store ended without their holder so far: their time was up, or their process was gone.</param>
public sealed record LockStatistic(long Active, long Exclusive, long Collaborative, long Expired)
{
    /// <summary>How many were granted so far, the present ones among them.</summary>
    public long Total { get; init; }

    /// <summary>How many requests were refused, or had to wait, because of another holder. Counted by each process and entered now and then: what a killed process did not enter is lost.</summary>
    public long Conflicts { get; init; }

    /// <summary>How many requests wait now.</summary>
    public long Waiting { get; init; }

    /// <summary>How long leases that ended were held on average; null when none ended.</summary>
    public TimeSpan? AverageHold { get; init; }

    /// <summary>The time that half of the last 1,000 requests that waited did not wait longer than; null when none waited.</summary>
    public TimeSpan? WaitP50 { get; init; }

    /// <summary>The time that 95 of 100 of the last 1,000 requests that waited did not wait longer than; null when none waited.</summary>
    public TimeSpan? WaitP95 { get; init; }
}
