namespace OpenCode.Tasks;

/// <summary>One carrying out of a request with an idempotency key.</summary>
/// <param name="PlannedId">The id for what it creates; the same when a dead process's request is taken over.</param>
/// <param name="Resumed">True when a process began it and died before it could answer: some or all of it may be done.</param>
public sealed record RequestRun(string PlannedId, bool Resumed);
