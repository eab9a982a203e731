using OpenCode.Common;
using OpenCode.Registry;

namespace OpenCode.Tasks;

/// <summary>A change of a task that hooks run before and after.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="Transition">What is done, and which hooks it has.</param>
/// <param name="Actor">In whose name.</param>
internal sealed record HookedChange(string TaskId, Transition Transition, Actor Actor)
{
    /// <summary>The statuses it is allowed from, where they are not the transition's.</summary>
    public IReadOnlyList<AgentTaskStatus> From { get; init; } = Transition.From;

    /// <summary>The agent that is to get a lease by it.</summary>
    public string? Agent { get; init; }

    /// <summary>False when the change is not worth waiting for while hooks run for another caller of the same task: then it is refused with LockHeld.</summary>
    public bool Waits { get; init; } = true;

    /// <summary>The result the task is to have.</summary>
    public TaskResult? Result { get; init; }

    /// <summary>Makes the change; given the claim on the task's hooks that is to end with it, or null.</summary>
    public required Func<long?, Task<TaskChange>> MakeAsync { get; init; }
}
