using OpenCode.Common;

namespace OpenCode.Registry;

/// <summary>Somebody who waits for room for a sandbox.</summary>
/// <param name="Ticket">Grows in the order of coming.</param>
/// <param name="TaskNumber">The task.</param>
/// <param name="Until">When the wait is over.</param>
/// <param name="Process">Who waits.</param>
public sealed record RoomWaiter(long Ticket, long TaskNumber, DateTimeOffset Until, ProcessIdentity Process);
