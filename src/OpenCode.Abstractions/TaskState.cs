namespace OpenCode;

/// <summary>The contents of <c>state.json</c>, verified against its checksum.</summary>
public sealed record TaskState
{
    /// <summary>The task this is the state of.</summary>
    public required string TaskId { get; init; }

    /// <summary>The task's status when the file was written.</summary>
    public AgentTaskStatus Status { get; init; }

    /// <summary>The agents' own data, a JSON object.</summary>
    public JsonMap Data { get; init; } = JsonMap.Empty;

    /// <summary>The task's version when the file was written.</summary>
    public long Version { get; init; }

    /// <summary>When the change was committed (UTC, milliseconds).</summary>
    public DateTimeOffset LastUpdated { get; init; }

    /// <summary>SHA-256 in lower-case hex over the canonical JSON (RFC 8785) of the other members.</summary>
    public required string Checksum { get; init; }
}
