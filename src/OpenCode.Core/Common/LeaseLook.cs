namespace OpenCode.Common;

/// <summary>A lease as it was found.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="IsOver">True when it is over and nobody has ended it yet: its time is up, or it ends with a process that is gone.</param>
public sealed record LeaseLook(Lease Lease, bool IsOver);
