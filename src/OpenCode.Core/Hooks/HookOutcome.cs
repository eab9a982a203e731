namespace OpenCode.Hooks;

/// <summary>How a hook went.</summary>
/// <param name="Hook">The hook.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="Failure">What went wrong, as a sentence; null when nothing did.</param>
/// <param name="Cause">The exception behind it, when there was one.</param>
public sealed record HookOutcome(Hook Hook, TimeSpan Duration, string? Failure, Exception? Cause);
