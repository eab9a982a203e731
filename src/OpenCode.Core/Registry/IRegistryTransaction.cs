using OpenCode.Common;

namespace OpenCode.Registry;

/// <summary>What a database has to offer inside one write transaction. The rules are in RegistryRules, once for every database.</summary>
internal interface IRegistryTransaction
{
    /// <summary>The store's clock, read once for the transaction.</summary>
    DateTimeOffset Now { get; }

    TaskRow? FindTask(string taskId);

    TaskRow? FindTask(long number);

    long InsertTask(AgentTask task, int unfinished, string changedBy);

    /// <summary>Keeps a task.</summary>
    /// <param name="row">As it is to be.</param>
    /// <param name="stored">As the database has it, so that what is the same need not be written; null when that is not known.</param>
    void UpdateTask(TaskRow row, AgentTask? stored);

    void DeleteTask(TaskRow row);

    void MarkProjected(long number, long seq);

    void InsertEntry(long number, JournalEntry entry);

    IReadOnlyList<JournalEntry> Entries(long number, long afterSeq);

    /// <summary>The next of the numbers that fences and tickets are.</summary>
    long NextFence();

    IReadOnlyList<LeaseRow> Leases(string resource);

    /// <summary>Gives a lease, with the next fence.</summary>
    /// <returns>The lease as it is kept.</returns>
    LeaseRow InsertLease(LeaseRow lease);

    /// <summary>Keeps a lease's end, duration and signs of life, and gives it a new fence or the one it has.</summary>
    void UpdateLease(LeaseRow lease, long newFence);

    void DeleteLease(LeaseRow lease);

    /// <summary>Everything an owner holds.</summary>
    IReadOnlyList<LeaseRow> LeasesOf(string owner);

    /// <summary>True when nobody has a resource, and nobody waits for it.</summary>
    bool IsUntouched(string resource);

    /// <summary>Who waits for a resource, in the order of their coming.</summary>
    IReadOnlyList<WaiterRow> Waiters(string resource);

    /// <summary>The resources of a ticket, in order.</summary>
    IReadOnlyList<WaiterRow> WaitersOf(long ticket);

    /// <summary>The tickets of an owner.</summary>
    IReadOnlyList<long> TicketsOf(string owner);

    /// <summary>What was granted to a ticket.</summary>
    IReadOnlyList<LeaseRow> LeasesOfTicket(long ticket);

    void InsertWaiter(WaiterRow waiter);

    void DeleteWaiters(long ticket);

    /// <summary>Counts leases that ended, how many of them without their holder, and how long they were held together.</summary>
    void CountEnded(int ended, int lost, TimeSpan held);

    void CountConflicts(long count);

    void CountWait(TimeSpan waited);

    /// <summary>The next task to be taken: of the highest priority the oldest that is ready and not among the excepted.</summary>
    TaskRow? FindReady(string? owner, IReadOnlyList<string> except);

    IReadOnlyList<string> ExpiredResources(int limit);

    /// <summary>Notes when the next lease ends, so that nobody looks before.</summary>
    void NoteNextEnd();

    bool HasPendingDeletions();

    bool IsDeletionPending(string taskId);

    void InsertDeletion(PendingDeletion deletion);

    bool DeleteDeletion(string taskId);

    void InsertCheckpoint(long number, CheckpointRow checkpoint);

    CheckpointRow? FindCheckpoint(string checkpointId);

    void DeleteCheckpoint(string checkpointId);

    SandboxRow? FindSandbox(long number);

    /// <summary>Every sandbox but that of one task.</summary>
    IReadOnlyList<SandboxRow> OtherSandboxes(long number);

    void PutSandbox(long number, SandboxRow sandbox);

    bool DeleteSandbox(long number);

    /// <summary>Every container that is kept ready, or was.</summary>
    IReadOnlyList<PoolRow> PoolRows();

    PoolRow? FindPool(string id);

    /// <summary>The oldest of a fingerprint that a task may take.</summary>
    PoolRow? FindReadyPool(string fingerprint);

    void PutPool(PoolRow row);

    bool DeletePool(string id);

    void CountPool(int hits, int misses);

    /// <summary>Who waits for room for a sandbox, in order.</summary>
    IReadOnlyList<RoomWaiter> RoomLine();

    /// <summary>Adds one at its end, and gives the ticket.</summary>
    long InsertRoomWaiter(long number, DateTimeOffset until, ProcessIdentity process);

    bool DeleteRoomWaiter(long ticket);

    void InsertExecution(long number, Execution execution, string? askedBy, ProcessIdentity watcher);

    /// <summary>Keeps how a command ended; false when that is known already.</summary>
    bool UpdateExecution(Execution execution);

    /// <summary>Notes that a command is to be ended, and why; the first reason stays. False when it has ended.</summary>
    bool CancelExecution(long number, string executionId, string reason);

    /// <summary>A request for approval: by its id, whatever became of it; or without one, the present of a subject, which is neither used nor expired.</summary>
    ApprovalRequest? FindApproval(string? id, string? subject);

    void InsertApproval(string subject, ApprovalRequest request);

    /// <summary>Keeps how a request stands, and who answered it.</summary>
    void UpdateApproval(ApprovalRequest request);

    int WaitingApprovals();

    void DeleteApprovalsBefore(DateTimeOffset time);

    RequestRow? FindRequest(string key);

    void PutRequest(RequestRow request);

    bool DeleteRequest(string key);

    void DeleteRequestsBefore(DateTimeOffset time);

    void InsertDependency(long number, int position, long on);

    /// <summary>Keeps what a task depends on, and how many of it are not Completed.</summary>
    void UpdateDependencies(TaskRow row);

    /// <summary>Moves the number of unfinished dependencies of every task that depends on one; false when none does.</summary>
    bool MoveUnfinished(long on, int by);

    /// <summary>The tasks that depend on one, oldest first; only Pending ones when so asked.</summary>
    IReadOnlyList<long> Dependents(long on, bool pending);

    /// <summary>What a task depends on that is not Completed, in the order given.</summary>
    IReadOnlyList<(string Id, AgentTaskStatus Status)> Unfinished(long number, int limit);

    int IndexTasks(int limit);

    void Reindex(TaskRow row);
}
