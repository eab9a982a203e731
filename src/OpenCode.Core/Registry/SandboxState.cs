namespace OpenCode.Registry;

/// <summary>How a container was when a process last knew. The numbers are the database's.</summary>
public enum SandboxState
{
    /// <summary>There is none; only what it is to be is known.</summary>
    Planned = 0,

    /// <summary>It runs.</summary>
    Present = 1,

    /// <summary>It is paused.</summary>
    Suspended = 2,

    /// <summary>Its processes have ended, and its task was told.</summary>
    Stopped = 3,
}
