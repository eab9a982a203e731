using OpenCode.Common;

namespace OpenCode.Registry;

/// <summary>A task to be created.</summary>
public sealed record NewTaskRow(string Id, string Name, string? Description, AgentTaskMode Mode, string Owner, int Priority, JsonMap Metadata, string? Image)
{
    /// <summary>The tasks that have to be Completed before it can start: of the registry, or of the same write.</summary>
    public IReadOnlyList<string> DependsOn { get; init; } = [];
}

/// <summary>A lease to be granted to an agent.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Duration">From the last call in the agent's name; null never ends.</param>
public sealed record LeaseRequest(string Agent, TimeSpan? Duration)
{
    /// <summary>The idempotency key of a request in work that is to know which task it was: its planned id becomes the task's.</summary>
    public string? RequestKey { get; init; }
}

/// <summary>Creates tasks, all or none.</summary>
public sealed record CreateTasks(IReadOnlyList<NewTaskRow> Tasks) : RegistryWrite<IReadOnlyList<TaskChange>>;

/// <summary>Takes a task from one status to another.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="Operation">Its name in errors, such as <c>complete</c>.</param>
/// <param name="From">The statuses it is allowed from.</param>
/// <param name="To">The status after it.</param>
/// <param name="Event">What the journal tells.</param>
/// <param name="Actor">In whose name.</param>
public sealed record TransitionTask(string TaskId, string Operation, IReadOnlyList<AgentTaskStatus> From, AgentTaskStatus To, TaskEvent Event, Actor Actor) : RegistryWrite<TaskChange>
{
    /// <summary>The outcome to keep, with data as they are read from JSON.</summary>
    public TaskResult? Result { get; init; }

    /// <summary>Why it failed or was cancelled.</summary>
    public string? Error { get; init; }

    /// <summary>The agent that starts it and gets a lease in the same moment.</summary>
    public LeaseRequest? Attach { get; init; }

    /// <summary>The only version it may have, or null for any.</summary>
    public long? ExpectedVersion { get; init; }

    /// <summary>The claim on the task's hooks that ends with the change.</summary>
    public long? HookClaim { get; init; }
}

/// <summary>Puts a task back to Pending with the layers of a checkpoint.</summary>
public sealed record RestoreTask(string TaskId, string CheckpointId, string SavedAs, string StateData, IReadOnlyList<AgentTaskStatus> From, Actor Actor) : RegistryWrite<TaskChange>;

/// <summary>Changes fields of a task; null leaves a field as it is.</summary>
public sealed record UpdateTask(string TaskId, Actor Actor, long? ExpectedVersion) : RegistryWrite<TaskChange>
{
    /// <summary>The new name.</summary>
    public string? Name { get; init; }

    /// <summary>The new description.</summary>
    public string? Description { get; init; }

    /// <summary>The new owner.</summary>
    public string? Owner { get; init; }

    /// <summary>The new priority.</summary>
    public int? Priority { get; init; }

    /// <summary>Members put over the present metadata.</summary>
    public JsonMap? Metadata { get; init; }
}

/// <summary>Replaces the data of state.json.</summary>
public sealed record ChangeState(string TaskId, Actor Actor, long? ExpectedVersion, string StateData) : RegistryWrite<TaskChange>;

/// <summary>Gives an agent a lease on a task, and starts the task when it is Pending.</summary>
public sealed record AttachAgent(string TaskId, LeaseRequest Request) : RegistryWrite<TaskChange>
{
    /// <summary>True when the task has to be Pending: the agent is to be its first.</summary>
    public bool Starts { get; init; }

    /// <summary>The fence of the turn to wait for the task, when the caller holds it.</summary>
    public long? Turn { get; init; }

    /// <summary>The claim on the task's hooks that ends with the change.</summary>
    public long? HookClaim { get; init; }
}

/// <summary>Takes an agent's lease back.</summary>
public sealed record DetachAgent(string TaskId, string Agent, long? Fence) : RegistryWrite<TaskChange>;

/// <summary>Checks that an agent may write, and renews its lease; changes nothing else.</summary>
public sealed record RenewAgent(string TaskId, Actor Actor) : RegistryWrite<TaskChange>;

/// <summary>Ends leases whose time is up.</summary>
/// <param name="Limit">The most tasks handled in one transaction.</param>
public sealed record SweepLeases(int Limit) : RegistryWrite<IReadOnlyList<TaskChange>>
{
    /// <inheritdoc />
    public override bool Finishes => true;
}

/// <summary>Claims the running of a task's hooks for a change that is about to be made, once the change could be made as things are.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="Operation">The change's name in errors.</param>
/// <param name="From">The statuses it is allowed from.</param>
/// <param name="Actor">In whose name.</param>
/// <param name="Agent">The agent that is to get a lease by the change, or null.</param>
/// <param name="Duration">How long the hooks may take together. The claim of a process of this host that died ends at once.</param>
public sealed record ClaimHooks(string TaskId, string Operation, IReadOnlyList<AgentTaskStatus> From, Actor Actor, string? Agent, TimeSpan Duration) : RegistryWrite<HookClaim>
{
    /// <summary>True for a change to Running, which a task that waits for others is refused.</summary>
    public bool Starts { get; init; }
}

/// <summary>Gives a claim on a task's hooks back when the change was not made.</summary>
public sealed record ReleaseHooks(string TaskId, long Claim) : RegistryWrite<bool>
{
    /// <inheritdoc />
    public override bool Finishes => true;
}

/// <summary>Writes an event to the journal without changing the task.</summary>
public sealed record RecordEvent(string TaskId, TaskEvent Event, LogLevel Level, string Message, string? Data) : RegistryWrite<TaskChange>
{
    /// <inheritdoc />
    public override bool Finishes => true;
}

/// <summary>Says that the journal up to an entry is in the layers.</summary>
public sealed record MarkProjected(IReadOnlyList<(long Number, long Seq)> Tasks) : RegistryWrite<int>
{
    /// <inheritdoc />
    public override bool Finishes => true;
}

/// <summary>Removes a task from the registry and notes that its files and sandbox are still to be removed.</summary>
public sealed record DeleteTask(string TaskId, bool Force) : RegistryWrite<PendingDeletion>;

/// <summary>Says that nothing of a deleted task is left.</summary>
public sealed record FinishDeletion(string TaskId) : RegistryWrite<bool>
{
    /// <inheritdoc />
    public override bool Finishes => true;
}

/// <summary>Enters a published checkpoint.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="CheckpointId">The checkpoint.</param>
/// <param name="At">When it was taken.</param>
/// <param name="Description">What it is for.</param>
/// <param name="Seq">The newest journal entry in its log.</param>
public sealed record AddCheckpoint(string TaskId, string CheckpointId, DateTimeOffset At, string? Description, long Seq) : RegistryWrite<TaskChange>
{
    /// <inheritdoc />
    public override bool Finishes => true;
}

/// <summary>Takes a checkpoint out; its folder goes afterwards.</summary>
public sealed record ForgetCheckpoint(string TaskId, string CheckpointId) : RegistryWrite<TaskChange>;

/// <summary>Notes that a command starts.</summary>
public sealed record BeginExecution(Execution Execution, Actor Actor) : RegistryWrite<TaskChange>
{
    /// <summary>Who asked for it over the network, where clients are known.</summary>
    public string? AskedBy { get; init; }
}

/// <summary>Notes that a command is to be ended by the process that runs it.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="ExecutionId">The command.</param>
/// <param name="Reason">Why, for people.</param>
public sealed record CancelExecution(string TaskId, string ExecutionId, string Reason) : RegistryWrite<bool>;

/// <summary>Notes how a command ended.</summary>
public sealed record EndExecution(Execution Execution) : RegistryWrite<TaskChange>
{
    /// <inheritdoc />
    public override bool Finishes => true;
}

/// <summary>Claims a caller's idempotency key, so that a request is carried out once.</summary>
/// <param name="Key">The caller's key.</param>
/// <param name="Tool">What it asks for.</param>
/// <param name="ArgumentsHash">SHA-256 of its arguments.</param>
/// <param name="PlannedId">The id the request will use for what it creates.</param>
public sealed record BeginRequest(string Key, string Tool, string ArgumentsHash, string PlannedId) : RegistryWrite<RequestClaim>;

/// <summary>Keeps the answer to a claimed request.</summary>
public sealed record EndRequest(string Key, string? Response) : RegistryWrite<bool>
{
    /// <inheritdoc />
    public override bool Finishes => true;
}

/// <summary>Proves that the store can be written: takes a number from the fences' counter, which may have gaps.</summary>
public sealed record ProveWrite : RegistryWrite<long>
{
    /// <inheritdoc />
    public override bool Finishes => true;
}

/// <summary>Brings the full-text index up to date.</summary>
/// <param name="Limit">The most tasks indexed in one transaction.</param>
public sealed record IndexTasks(int Limit) : RegistryWrite<int>
{
    /// <inheritdoc />
    public override bool Finishes => true;
}

/// <summary>The standing of a claim on a task's hooks.</summary>
/// <param name="Row">The task at that moment.</param>
/// <param name="Claim">The claim's number; null when another caller has it.</param>
/// <param name="Holder">The process that has it, for people.</param>
public sealed record HookClaim(TaskRow Row, long? Claim, string? Holder);

/// <summary>A task that is gone from the registry, but whose files or container may still be there.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="ContainerName">Its container's name, or null when it never had one.</param>
public sealed record PendingDeletion(string TaskId, string? ContainerName)
{
    /// <summary>What its container was in the pool, or null.</summary>
    public string? Pool { get; init; }

    /// <summary>As in <see cref="TaskChange.Told"/>, for the caller that deleted it.</summary>
    public IReadOnlyList<string> Told { get; init; } = [];
}

/// <summary>The standing of an idempotency key.</summary>
/// <param name="Response">The answer it had before, or null.</param>
/// <param name="PlannedId">The id to use for what is created; a request that is taken over uses the first one's.</param>
/// <param name="InProgress">True when a living process works on it.</param>
/// <param name="Resumed">True when a process began it and died before it could answer: some of it may be done.</param>
public sealed record RequestClaim(string? Response, string PlannedId, bool InProgress, bool Resumed);

/// <summary>A checkpoint as the registry knows it.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="CheckpointId">The checkpoint.</param>
/// <param name="At">When it was taken.</param>
/// <param name="Seq">The newest journal entry in its log.</param>
public sealed record CheckpointRow(string TaskId, string CheckpointId, DateTimeOffset At, long Seq);
