namespace OpenCode.Locks;

/// <summary>A request for leases, checked and complete.</summary>
/// <param name="Resources">The resources, sorted and each once.</param>
/// <param name="Owner">Who wants them.</param>
/// <param name="Mode">Whether others may have them at the same time.</param>
/// <param name="Duration">How long the leases last unless renewed.</param>
/// <param name="Bound">True for leases that end with the process.</param>
public sealed record LeaseAsk(IReadOnlyList<string> Resources, string Owner, LeaseMode Mode, TimeSpan Duration, bool Bound)
{
    /// <summary>The idempotency key of the request it is for, or null.</summary>
    public string? RequestKey { get; init; }
}
