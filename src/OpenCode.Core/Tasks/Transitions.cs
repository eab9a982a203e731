using OpenCode.Common;

namespace OpenCode.Tasks;

/// <summary>An operation that takes a task from one status to another.</summary>
/// <param name="Name">Its name in errors.</param>
/// <param name="From">The statuses it is allowed from.</param>
/// <param name="To">The status after it.</param>
/// <param name="Event">What the journal tells.</param>
public sealed record Transition(string Name, IReadOnlyList<AgentTaskStatus> From, AgentTaskStatus To, TaskEvent Event)
{
    /// <summary>The hooks that run before it and after it; null when none do.</summary>
    public (HookEvent Before, HookEvent After)? Hooks { get; init; }
}

/// <summary>The table of transitions. What is not in it is InvalidTransition.</summary>
public static class Transitions
{
    /// <summary>Begins work.</summary>
    public static Transition Start { get; } = new("start", [AgentTaskStatus.Pending], AgentTaskStatus.Running, TaskEvent.Started) { Hooks = (HookEvent.BeforeTaskStart, HookEvent.AfterTaskStart) };

    /// <summary>Ends work with a result.</summary>
    public static Transition Complete { get; } = new("complete", [AgentTaskStatus.Running], AgentTaskStatus.Completed, TaskEvent.Completed) { Hooks = (HookEvent.BeforeTaskComplete, HookEvent.AfterTaskComplete) };

    /// <summary>Ends work with an error.</summary>
    public static Transition Fail { get; } = new("fail", [AgentTaskStatus.Running], AgentTaskStatus.Failed, TaskEvent.Failed) { Hooks = (HookEvent.BeforeTaskFail, HookEvent.AfterTaskFail) };

    /// <summary>Ends work before it is done.</summary>
    public static Transition Cancel { get; } = new("cancel", [AgentTaskStatus.Pending, AgentTaskStatus.Running], AgentTaskStatus.Cancelled, TaskEvent.Cancelled);

    /// <summary>Takes work up again.</summary>
    public static Transition Resume { get; } = new("resume", [AgentTaskStatus.Pending, AgentTaskStatus.Failed, AgentTaskStatus.Cancelled], AgentTaskStatus.Running, TaskEvent.Resumed) { Hooks = Start.Hooks };

    /// <summary>Goes back to a checkpoint. From Running only when no other agent holds the task, which the registry checks.</summary>
    public static Transition Restore { get; } = new("restore", Enum.GetValues<AgentTaskStatus>(), AgentTaskStatus.Pending, TaskEvent.Restored);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Transition> All { get; } = [Start, Complete, Fail, Cancel, Resume, Restore];
}
