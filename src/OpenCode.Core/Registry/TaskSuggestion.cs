namespace OpenCode.Registry;

/// <summary>A task that may be meant, and what tells it from others.</summary>
/// <param name="Number">The order of creation.</param>
/// <param name="Id">The id.</param>
/// <param name="Name">The name.</param>
/// <param name="Status">The status.</param>
/// <param name="Owner">The owner.</param>
/// <param name="Agents">The agents attached to it.</param>
/// <param name="CreatedAt">When it was created.</param>
public sealed record TaskSuggestion(long Number, string Id, string Name, AgentTaskStatus Status, string Owner, IReadOnlyList<string> Agents, DateTimeOffset CreatedAt);
