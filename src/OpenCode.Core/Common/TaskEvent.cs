namespace OpenCode.Common;

/// <summary>What a journal entry tells.</summary>
public enum TaskEvent
{
    /// <summary>The task was created.</summary>
    Created = 0,

    /// <summary>The task went to Running.</summary>
    Started = 1,

    /// <summary>An agent got a lease.</summary>
    Attached = 2,

    /// <summary>An agent gave its lease back.</summary>
    Detached = 3,

    /// <summary>An agent's lease ended without it.</summary>
    AgentLost = 4,

    /// <summary>The task completed.</summary>
    Completed = 5,

    /// <summary>The task failed.</summary>
    Failed = 6,

    /// <summary>The task was cancelled.</summary>
    Cancelled = 7,

    /// <summary>The task went from an end back to Running.</summary>
    Resumed = 8,

    /// <summary>Fields of the task were changed.</summary>
    Updated = 9,

    /// <summary>The data in state.json were changed.</summary>
    StateChanged = 10,

    /// <summary>A checkpoint was taken.</summary>
    Checkpointed = 11,

    /// <summary>The layers were replaced by those of a checkpoint.</summary>
    Restored = 12,

    /// <summary>A checkpoint was removed.</summary>
    CheckpointRemoved = 13,

    /// <summary>A command was run.</summary>
    Executed = 14,

    /// <summary>A sandbox was made.</summary>
    SandboxCreated = 15,

    /// <summary>A sandbox was removed.</summary>
    SandboxRemoved = 16,

    /// <summary>Something damaged was found and mended.</summary>
    Repaired = 17,

    /// <summary>Something became of a task this one depends on.</summary>
    DependencyChanged = 18,

    /// <summary>A hook failed, or came to its time limit.</summary>
    HookFailed = 19,

    /// <summary>A sandbox was suspended.</summary>
    SandboxSuspended = 20,

    /// <summary>A sandbox goes on.</summary>
    SandboxResumed = 21,

    /// <summary>A sandbox's container ended, or is gone, without anybody having asked for it.</summary>
    SandboxLost = 22,

    /// <summary>A sandbox that survived the process that made it was taken over.</summary>
    SandboxAdopted = 23,

    /// <summary>A sandbox's limits or network were changed.</summary>
    SandboxChanged = 24,
}
