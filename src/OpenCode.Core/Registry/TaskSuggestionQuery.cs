namespace OpenCode.Registry;

/// <summary>What somebody has typed of a task, and which tasks they can mean.</summary>
public sealed record TaskSuggestionQuery
{
    /// <summary>The beginning of an id, or words of the name of which the last may be cut short; empty means any task.</summary>
    public string Word { get; init; } = "";

    /// <summary>Instead of a word: a pattern for the whole id or name, in SQLite's GLOB, lower case.</summary>
    public string? Pattern { get; init; }

    /// <summary>Tasks of these statuses come first.</summary>
    public IReadOnlyList<AgentTaskStatus> Preferred { get; init; } = [];

    /// <summary>At most so many.</summary>
    public int Limit { get; init; } = 100;
}
