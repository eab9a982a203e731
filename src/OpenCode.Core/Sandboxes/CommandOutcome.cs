namespace OpenCode.Sandboxes;

/// <summary>How a command ended.</summary>
/// <param name="ExitCode">Its exit code; null when it timed out.</param>
/// <param name="TimedOut">True when it was killed because its time was up.</param>
/// <param name="Duration">From its start to its end as the engine's client saw it.</param>
public sealed record CommandOutcome(int? ExitCode, bool TimedOut, TimeSpan Duration)
{
    /// <summary>True when the kernel killed it, or a part of it, because the sandbox came to its memory limit; the exit code is 137 then.</summary>
    public bool OutOfMemory { get; init; }
}
