namespace OpenCode.Tasks;

/// <summary>How a wait ended.</summary>
/// <param name="Reached">The tasks that got there, in the order they were named.</param>
/// <param name="Timeout">LockTimeout, naming the limit and what was still waited for; null when the wait was not in vain.</param>
public sealed record WaitOutcome(IReadOnlyList<AgentTask> Reached, OpenCodeException? Timeout);
