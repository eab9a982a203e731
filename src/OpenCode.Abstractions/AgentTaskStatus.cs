namespace OpenCode;

/// <summary>Where a task is in its life.</summary>
public enum AgentTaskStatus
{
    /// <summary>Created, restored, or given back after its last agent was lost; nobody works on it.</summary>
    Pending = 0,

    /// <summary>Started: an agent or an operator works on it.</summary>
    Running = 1,

    /// <summary>Finished with a result.</summary>
    Completed = 2,

    /// <summary>Finished with an error; can be resumed.</summary>
    Failed = 3,

    /// <summary>Stopped before it finished; can be resumed.</summary>
    Cancelled = 4,
}
