using OpenCode.Common;

namespace OpenCode.Registry;

/// <summary>The truth about tasks: identity, status, version, agents, leases and the journal.</summary>
/// <remarks>
/// A write that has returned is committed: it survives the death of every process, and power loss with synchronous=full.
/// Calls may do their work on the caller's thread before they return. Every failure is an <see cref="OpenCodeException"/>;
/// StoreUnavailable names the limit when a wait was given up.
/// </remarks>
public interface ITaskRegistry : ISuggestionSource, IAsyncDisposable
{
    /// <summary>The id of this store, made with it.</summary>
    string StoreId { get; }

    /// <summary>The number of its schema, which is the newest this version knows.</summary>
    int Schema { get; }

    /// <summary>The one door for changes: executes a write whole, in one transaction.</summary>
    ValueTask<TResult> WriteAsync<TResult>(RegistryWrite<TResult> write, CancellationToken cancellationToken);

    /// <summary>Executes a write when it need not wait for any other; null, and nothing is done, when it would have to.</summary>
    Task<TResult>? WriteIfFree<TResult>(RegistryWrite<TResult> write);

    /// <summary>What the registry can tell of its own state at once.</summary>
    ValueTask<RegistryVitals> VitalsAsync(CancellationToken cancellationToken);

    /// <summary>Watches for commits of any process from now on.</summary>
    ICommitWatch Watch();

    /// <summary>One task, or null.</summary>
    ValueTask<TaskRow?> FindAsync(string taskId, CancellationToken cancellationToken);

    /// <summary>One task, or null, and whether leases wait to be ended (<see cref="HasExpiredLeasesAsync"/>): what a task is told by, in one read where the database can.</summary>
    async ValueTask<(TaskRow? Row, bool HasExpiredLeases)> LookAsync(string taskId, CancellationToken cancellationToken)
    {
        var expired = await HasExpiredLeasesAsync(cancellationToken).ConfigureAwait(false);
        return (await FindAsync(taskId, cancellationToken).ConfigureAwait(false), expired);
    }

    /// <summary>The same on the caller's thread and at once; null when something would have to be waited for, or the read fails: <see cref="LookAsync"/> waits, and tells what is wrong.</summary>
    (TaskRow? Row, bool HasExpiredLeases)? LookNow(string taskId) => null;

    /// <summary>Ids that begin with a prefix, at most <paramref name="limit"/> of them.</summary>
    ValueTask<IReadOnlyList<string>> IdsByPrefixAsync(string prefix, int limit, CancellationToken cancellationToken);

    /// <summary>A page of tasks and the number of all that match.</summary>
    ValueTask<TaskPage> ListAsync(TaskQuery query, CancellationToken cancellationToken);

    /// <summary>Tasks as they are read, newest first (ready ones by priority, then oldest first), in constant memory. Not one snapshot: a task that changes meanwhile is seen as it is when its turn comes.</summary>
    IAsyncEnumerable<AgentTask> StreamAsync(TaskQuery query, CancellationToken cancellationToken);

    /// <summary>Tasks in whose name, description or metadata a text occurs, best first, newest first among equals. The filter's conditions come before its limit.</summary>
    IAsyncEnumerable<AgentTask> SearchAsync(SearchText text, TaskQuery filter, CancellationToken cancellationToken);

    /// <summary>What a task depends on that is not Completed, in the order given: the first ten.</summary>
    ValueTask<IReadOnlyList<(string Id, AgentTaskStatus Status)>> UnfinishedAsync(long taskNumber, CancellationToken cancellationToken);

    /// <summary>A task's journal entries after one, in order.</summary>
    ValueTask<IReadOnlyList<JournalEntry>> JournalAsync(long taskNumber, long afterSeq, CancellationToken cancellationToken);

    /// <summary>Ids of tasks whose journal is not wholly in their layers.</summary>
    ValueTask<IReadOnlyList<string>> UnprojectedAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Tasks that are deleted and not wholly removed.</summary>
    ValueTask<IReadOnlyList<PendingDeletion>> PendingDeletionsAsync(CancellationToken cancellationToken);

    /// <summary>True when a lease's time may be up and nobody has swept since. Costs the same however many there are.</summary>
    ValueTask<bool> HasExpiredLeasesAsync(CancellationToken cancellationToken);

    /// <summary>The agents that hold a lease on a task, in order of their tasks' ids, in constant memory.</summary>
    IAsyncEnumerable<TaskAgent> AgentsAsync(AgentQuery query, CancellationToken cancellationToken);

    /// <summary>The tasks in numbers, of one moment, with so many of the newest.</summary>
    ValueTask<TaskStatistic> StatisticAsync(int recent, CancellationToken cancellationToken);

    /// <summary>The present leases on a resource, in order of their grant.</summary>
    ValueTask<IReadOnlyList<Lease>> LeasesAsync(string resource, CancellationToken cancellationToken);

    /// <summary>How things stand at resources: their leases, and what became of a request that waits for them; all of one moment.</summary>
    /// <param name="resources">The resources; with none, only the request is looked at, which is a matter of microseconds.</param>
    /// <param name="ticket">The request's ticket, or null.</param>
    /// <param name="cancellationToken">Ends it.</param>
    ValueTask<LockLook> LookAtLocksAsync(IReadOnlyList<string> resources, long? ticket, CancellationToken cancellationToken);

    /// <summary>Every lease of the store that fits, in order of resource and fence.</summary>
    /// <param name="resourcePattern">A wildcard pattern for the resource, or null.</param>
    /// <param name="owner">Only those of this owner, or null.</param>
    /// <param name="cancellationToken">Ends it.</param>
    ValueTask<IReadOnlyList<LeaseLook>> LocksAsync(string? resourcePattern, string? owner, CancellationToken cancellationToken);

    /// <summary>A task's checkpoints, oldest first.</summary>
    ValueTask<IReadOnlyList<CheckpointRow>> CheckpointsAsync(string taskId, CancellationToken cancellationToken);

    /// <summary>The checkpoint of an id, whatever its task, or null.</summary>
    ValueTask<CheckpointRow?> FindCheckpointAsync(string checkpointId, CancellationToken cancellationToken);

    /// <summary>A task's newest executions whose ids match a pattern, or all of them; the oldest first.</summary>
    ValueTask<IReadOnlyList<Execution>> ExecutionsAsync(string taskId, string? idPattern, int? last, CancellationToken cancellationToken);

    /// <summary>The execution of an id, whatever its task, or null.</summary>
    ValueTask<AskedExecution?> FindExecutionAsync(string executionId, CancellationToken cancellationToken);

    /// <summary>Why a running command is to be ended, when somebody asked for that; otherwise null.</summary>
    ValueTask<string?> CancelReasonAsync(string executionId, CancellationToken cancellationToken);

    /// <summary>Requests for a person's approval, oldest first: those that wait, or all that are remembered.</summary>
    ValueTask<IReadOnlyList<ApprovalRequest>> ApprovalsAsync(bool waiting, CancellationToken cancellationToken);

    /// <summary>A task's container, or null.</summary>
    ValueTask<SandboxRow?> SandboxAsync(string taskId, CancellationToken cancellationToken);

    /// <summary>Every container the registry knows of, in order of their tasks' ids.</summary>
    ValueTask<IReadOnlyList<SandboxRow>> SandboxesAsync(CancellationToken cancellationToken);

    /// <summary>Every container that is kept ready, or is being made or removed, the oldest first.</summary>
    ValueTask<IReadOnlyList<PoolRow>> PoolAsync(CancellationToken cancellationToken);

    /// <summary>How many new sandboxes were taken from a pool, and how many had to be made although one was kept.</summary>
    ValueTask<(long Hits, long Misses)> PoolCountsAsync(CancellationToken cancellationToken);

    /// <summary>Who waits for room for a sandbox, in the order of their coming; also whose wait is over, until somebody notices.</summary>
    ValueTask<IReadOnlyList<RoomWaiter>> RoomLineAsync(CancellationToken cancellationToken);

    /// <summary>The commands that are running as far as the registry knows, oldest first, and who watches each.</summary>
    ValueTask<IReadOnlyList<OpenExecution>> OpenExecutionsAsync(CancellationToken cancellationToken);
}
