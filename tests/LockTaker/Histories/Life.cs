namespace OpenCode.Tests.LockTaker.Histories;

/// <summary>The end of a process: it was killed, or had finished and left.</summary>
/// <param name="EndsAt">From here on it may be dead.</param>
/// <param name="DeadAt">From here on it surely is.</param>
internal sealed record Life(long EndsAt, long DeadAt);
