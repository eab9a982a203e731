namespace OpenCode;

/// <summary>The moments of a task's life at which hooks run.</summary>
public enum HookEvent
{
    /// <summary>The task is about to go to Running: its first agent attaches, or it is started or resumed.</summary>
    BeforeTaskStart = 0,

    /// <summary>The task went to Running.</summary>
    AfterTaskStart = 1,

    /// <summary>The task is about to complete.</summary>
    BeforeTaskComplete = 2,

    /// <summary>The task completed.</summary>
    AfterTaskComplete = 3,

    /// <summary>The task is about to fail.</summary>
    BeforeTaskFail = 4,

    /// <summary>The task failed.</summary>
    AfterTaskFail = 5,
}
