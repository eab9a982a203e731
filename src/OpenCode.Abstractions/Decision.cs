namespace OpenCode;

/// <summary>One entry of a task's <c>decisions.md</c>. What was written reads back exactly.</summary>
public sealed record Decision
{
    /// <summary>When it was decided (UTC, milliseconds).</summary>
    public DateTimeOffset Timestamp { get; init; }

    /// <summary>Who decided.</summary>
    public required string AgentId { get; init; }

    /// <summary>What was decided. In PowerShell also under the name <c>Decision</c>, which a C# member of this type cannot have.</summary>
    public required string Text { get; init; }

    /// <summary>Why.</summary>
    public string? Reasoning { get; init; }

    /// <summary>The caller's own data, a JSON object.</summary>
    public JsonMap Metadata { get; init; } = JsonMap.Empty;
}
