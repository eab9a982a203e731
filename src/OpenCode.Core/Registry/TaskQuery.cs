namespace OpenCode.Registry;

/// <summary>Which tasks are wanted. What is not set does not narrow.</summary>
public sealed record TaskQuery
{
    /// <summary>A wildcard pattern for the id: <c>*</c> and <c>?</c>.</summary>
    public string? IdPattern { get; init; }

    /// <summary>Any of these statuses.</summary>
    public IReadOnlyList<AgentTaskStatus> Statuses { get; init; } = [];

    /// <summary>This owner.</summary>
    public string? Owner { get; init; }

    /// <summary>With this agent attached.</summary>
    public string? Agent { get; init; }

    /// <summary>Only tasks that can be started now; they come by priority, higher first, then by age, older first.</summary>
    public bool Ready { get; init; }

    /// <summary>Leave out so many of the first.</summary>
    public int Skip { get; init; }

    /// <summary>At most so many.</summary>
    public int? First { get; init; }
}
