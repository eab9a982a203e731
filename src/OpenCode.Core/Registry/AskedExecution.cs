namespace OpenCode.Registry;

/// <summary>A command, and what is known of it besides.</summary>
/// <param name="Execution">The command.</param>
/// <param name="AskedBy">Who asked for it over the network, where clients are known; null elsewhere.</param>
/// <param name="EndedAt">When its end was recorded; null while it runs, and for what ended before this was kept.</param>
public sealed record AskedExecution(Execution Execution, string? AskedBy, DateTimeOffset? EndedAt);
