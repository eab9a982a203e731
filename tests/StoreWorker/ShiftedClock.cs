namespace OpenCode.Tests.StoreWorker;

/// <summary>The system's clock, off by so much.</summary>
/// <param name="by">How much.</param>
public sealed class ShiftedClock(TimeSpan by) : TimeProvider
{
    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
}
