namespace OpenCode.Registry;

/// <summary>Which attached agents are wanted. What is not set does not narrow.</summary>
public sealed record AgentQuery
{
    /// <summary>This agent.</summary>
    public string? Agent { get; init; }

    /// <summary>Those of this task, by its whole id.</summary>
    public string? TaskId { get; init; }
}
