namespace OpenCode;

/// <summary>How a task's sandbox stands, by the registry and the engine together.</summary>
public enum SandboxStatus
{
    /// <summary>Only its settings are known; the next command makes it.</summary>
    Planned = 0,

    /// <summary>A process makes it.</summary>
    Creating = 1,

    /// <summary>Commands can be run in it.</summary>
    Running = 2,

    /// <summary>Everything in it is frozen, and nothing can be run until it is resumed.</summary>
    Suspended = 3,

    /// <summary>Its processes have ended; the next command starts it again.</summary>
    Stopped = 4,

    /// <summary>The engine does not have it any more; the next command makes a new one.</summary>
    Missing = 5,

    /// <summary>A process removes it, or did not come to the end of that.</summary>
    Removing = 6,
}
