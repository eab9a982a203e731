namespace OpenCode;

/// <summary>One line of a task's <c>logs.jsonl</c>.</summary>
public sealed record LogEntry
{
    /// <summary>When it happened (UTC, milliseconds).</summary>
    public DateTimeOffset Timestamp { get; init; }

    /// <summary>Its weight.</summary>
    public LogLevel Level { get; init; } = LogLevel.Info;

    /// <summary>What happened, for people.</summary>
    public required string Message { get; init; }

    /// <summary>What happened, for programs.</summary>
    public JsonMap? Data { get; init; }

    /// <summary>The number of the lifecycle event within its task; null for a line somebody logged.</summary>
    public long? Seq { get; init; }
}
