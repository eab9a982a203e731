namespace OpenCode.Common;

/// <summary>A lease that has to be there for a write to be made.</summary>
/// <param name="Resource">What is leased.</param>
/// <param name="Fence">The fence of the lease.</param>
public readonly record struct LeaseGuard(string Resource, long Fence);
