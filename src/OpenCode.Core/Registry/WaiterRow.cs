using OpenCode.Common;

namespace OpenCode.Registry;

/// <summary>One resource of a request that waits.</summary>
/// <param name="Resource">The resource.</param>
/// <param name="Ticket">The request's place in the order of coming; the same for all its resources.</param>
/// <param name="Owner">Who waits.</param>
/// <param name="Mode">What it is to be.</param>
/// <param name="Duration">How long the lease is to last.</param>
/// <param name="Bound">True when the lease is to end with the process.</param>
/// <param name="Since">When the request came.</param>
/// <param name="Until">When it is given up at the latest, also when nobody takes it back.</param>
/// <param name="Process">The process that waits.</param>
internal sealed record WaiterRow(string Resource, long Ticket, string Owner, LeaseMode Mode, TimeSpan Duration, bool Bound, DateTimeOffset Since, DateTimeOffset Until, ProcessIdentity Process)
{
    /// <summary>True when nobody waits any more.</summary>
    public bool IsOver(DateTimeOffset now, ProcessIdentity asker) => Until <= now || !Process.MayLive(asker);
}
