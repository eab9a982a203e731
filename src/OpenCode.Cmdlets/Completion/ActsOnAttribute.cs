namespace OpenCode.Cmdlets.Completion;

/// <summary>Says which tasks a cmdlet can do something with; completion offers them first.</summary>
/// <param name="statuses">Their statuses.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ActsOnAttribute(params AgentTaskStatus[] statuses) : Attribute
{
    /// <summary>Their statuses.</summary>
    public IReadOnlyList<AgentTaskStatus> Statuses { get; } = statuses;
}
