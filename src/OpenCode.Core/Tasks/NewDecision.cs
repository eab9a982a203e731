namespace OpenCode.Tasks;

/// <summary>A decision to be written down.</summary>
/// <param name="AgentId">Who decided.</param>
/// <param name="Text">What was decided.</param>
public sealed record NewDecision(string AgentId, string Text)
{
    /// <summary>Why.</summary>
    public string? Reasoning { get; init; }

    /// <summary>The caller's own data.</summary>
    public JsonMap? Metadata { get; init; }
}
