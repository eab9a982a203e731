namespace OpenCode.Registry;

/// <summary>A page of tasks, newest first.</summary>
/// <param name="Tasks">The tasks of the page.</param>
/// <param name="Total">How many tasks match in all, counted in the same snapshot.</param>
public sealed record TaskPage(IReadOnlyList<AgentTask> Tasks, long Total);
