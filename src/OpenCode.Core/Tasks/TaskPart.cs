namespace OpenCode.Tasks;

/// <summary>A part of a task that somebody looks at.</summary>
public enum TaskPart
{
    /// <summary>The task itself.</summary>
    Task = 0,

    /// <summary>Its state.</summary>
    State = 1,

    /// <summary>Its log.</summary>
    Log = 2,

    /// <summary>Its decisions.</summary>
    Decisions = 3,

    /// <summary>Its checkpoints.</summary>
    Checkpoints = 4,

    /// <summary>One of its executions.</summary>
    Execution = 5,

    /// <summary>A file or folder of its workspace.</summary>
    Workspace = 6,
}
