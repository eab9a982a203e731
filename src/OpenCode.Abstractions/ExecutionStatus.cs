namespace OpenCode;

/// <summary>How a command in a sandbox stands.</summary>
public enum ExecutionStatus
{
    /// <summary>It runs, or its sandbox is being made.</summary>
    Running = 0,

    /// <summary>It came to its end by itself; its exit code says how.</summary>
    Exited = 1,

    /// <summary>It was ended because its time was up.</summary>
    TimedOut = 2,

    /// <summary>It was ended because somebody wanted it to, or because the process that ran it was stopped.</summary>
    Cancelled = 3,

    /// <summary>It could not be run to its end: no sandbox, a broken connection, a lost lease.</summary>
    Failed = 4,

    /// <summary>The process that ran it is gone, and nobody saw its end.</summary>
    Lost = 5,
}
