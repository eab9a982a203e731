namespace OpenCode;

/// <summary>How many agents may be attached to a task at a time.</summary>
public enum AgentTaskMode
{
    /// <summary>One agent at a time. The default.</summary>
    Exclusive = 0,

    /// <summary>Any number of agents, each with its own lease.</summary>
    Collaborative = 1,
}
