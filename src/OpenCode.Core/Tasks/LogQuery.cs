namespace OpenCode.Tasks;

/// <summary>Which log entries are wanted. What is not set does not narrow.</summary>
public sealed record LogQuery
{
    /// <summary>This level or a heavier one.</summary>
    public LogLevel? Level { get; init; }

    /// <summary>Later than this.</summary>
    public DateTimeOffset? After { get; init; }

    /// <summary>Earlier than this.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>The oldest so many of those that match.</summary>
    public int? First { get; init; }

    /// <summary>The newest so many of those that match, in order.</summary>
    public int? Last { get; init; }
}
