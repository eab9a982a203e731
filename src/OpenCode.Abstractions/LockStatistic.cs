namespace OpenCode;

/// <summary>The leases on tasks in numbers.</summary>
/// <param name="Active">The leases held now.</param>
/// <param name="Exclusive">Those of them that are exclusive.</param>
/// <param name="Collaborative">Those of them that allow others beside them.</param>
/// <param name="Expired">How many leases of the store ended without their agent so far.</param>
public sealed record LockStatistic(long Active, long Exclusive, long Collaborative, long Expired);
