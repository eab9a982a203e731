namespace OpenCode.Tests.LockTaker.Taking;

/// <summary>A process's own view of the time, which somebody moves. Timers go by the system's clock.</summary>
internal sealed class SkewedClock : TimeProvider
{
    private long _skew; // in ticks of 100 ns

    /// <summary>Moves it, forward or back.</summary>
    public void Jump(TimeSpan by) => Interlocked.Add(ref _skew, by.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Volatile.Read(ref _skew));

    // Waits and the view of how long a lock is still held go by this one.
    public override long GetTimestamp() => System.GetTimestamp() + (Volatile.Read(ref _skew) * (System.TimestampFrequency / TimeSpan.TicksPerSecond));
}
