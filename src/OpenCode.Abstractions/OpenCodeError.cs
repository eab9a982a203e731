namespace OpenCode;

/// <summary>Every way an operation can be refused. The name is the error id in PowerShell and the error name over MCP.</summary>
public enum OpenCodeError
{
    /// <summary>No task has that id or id prefix.</summary>
    TaskNotFound,

    /// <summary>A task with the requested id is already there.</summary>
    TaskExists,

    /// <summary>The task's present status does not allow the operation.</summary>
    InvalidTransition,

    /// <summary>The data was changed since the version the caller knew.</summary>
    VersionConflict,

    /// <summary>Another holder has the task or the resource.</summary>
    LockHeld,

    /// <summary>A wait for a lock came to its limit.</summary>
    LockTimeout,

    /// <summary>The caller's fence is not the present one: its lease is gone or was moved on.</summary>
    LeaseLost,

    /// <summary>The agent has no lease on the task.</summary>
    AgentNotAttached,

    /// <summary>No checkpoint has that id.</summary>
    CheckpointNotFound,

    /// <summary>A file of the task is not what was written; it was kept and not used.</summary>
    StateCorrupt,

    /// <summary>No container engine answers.</summary>
    SandboxUnavailable,

    /// <summary>The container engine refused or failed.</summary>
    SandboxFailed,

    /// <summary>A command ran longer than it was given.</summary>
    ExecutionTimeout,

    /// <summary>A limit of size, number or share was reached; the message names it.</summary>
    LimitExceeded,

    /// <summary>A blocking hook vetoed the change.</summary>
    HookRejected,

    /// <summary>The store cannot be opened, read or written now.</summary>
    StoreUnavailable,

    /// <summary>An argument is not of the form it has to be.</summary>
    InvalidArgument,

    /// <summary>The request asks for what is never given.</summary>
    AccessDenied,

    /// <summary>This store, platform or engine cannot do it.</summary>
    NotSupported,
}
