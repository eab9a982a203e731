namespace OpenCode.Tests.LockTaker.Histories;

/// <summary>What an event is about: what a process asked for, what was done to it, or what was found at the end.</summary>
internal enum Operation
{
    // Agents: each gives, keeps or ends a lease on a task.
    Create,
    Claim,
    Attach,
    Resume,
    Beat,
    Update,
    State,
    Log,
    Complete,
    Fail,
    Detach,

    // In nobody's name: the fences of the task's agents move on, or the agents go.
    OperatorUpdate,
    Cancel,

    // Locks on resources.
    Acquire,
    Renew,
    Release,
    ReleaseOwner,

    // Readers.
    Get,
    ReadState,
    Leases,
    Agents,
    List,
    Statistic,
    History,

    // The last that a process writes, before it closes the store and ends by itself.
    Leaves,

    // What the tormentor does. Killed is written before the signal, Dead once the process is known to be gone; so with Stop and Stopped.
    Start,
    Killed,
    Dead,
    Stop,
    Stopped,
    Continue,
    Skew,

    // What the registry has when all is over.
    FinalTask,
    FinalEntry,
    FinalLeases,
}
