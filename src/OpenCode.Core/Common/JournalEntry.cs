namespace OpenCode.Common;

/// <summary>One event in a task's life, committed together with the change it tells of.</summary>
public sealed record JournalEntry
{
    /// <summary>Its number within the task, from 1.</summary>
    public required long Seq { get; init; }

    /// <summary>The task's version after it.</summary>
    public required long Version { get; init; }

    /// <summary>The task's status after it.</summary>
    public required AgentTaskStatus Status { get; init; }

    /// <summary>What it tells.</summary>
    public required TaskEvent Kind { get; init; }

    /// <summary>When it was committed, by the store's clock.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Its weight in the log.</summary>
    public required LogLevel Level { get; init; }

    /// <summary>The sentence in the log.</summary>
    public required string Message { get; init; }

    /// <summary>A JSON object for programs, or null.</summary>
    public string? Data { get; init; }

    /// <summary>The new data of state.json, kept here until it is in the file; null for events that do not change it.</summary>
    public string? StateData { get; init; }

    /// <summary>This entry as a line of logs.jsonl.</summary>
    public LogEntry ToLogEntry() => new()
    {
        Timestamp = At,
        Level = Level,
        Message = Message,
        Data = Data is null ? null : JsonMap.FromTrusted(Data),
        Seq = Seq,
    };
}
