namespace OpenCode.Tests.LockTaker.Histories;

/// <summary>A lease as it was told.</summary>
/// <param name="Resource">What is leased.</param>
/// <param name="Owner">To whom.</param>
/// <param name="Fence">Its fence; 0 when it was not told.</param>
/// <param name="Mode">Whether others may have one beside it.</param>
/// <param name="Expires">When it ends, in Unix milliseconds of the store's clock; null never, or not told.</param>
/// <param name="Bound">True when it also ends with its process.</param>
internal sealed record SeenLease(string Resource, string Owner, long Fence, LeaseMode Mode, long? Expires, bool Bound);
