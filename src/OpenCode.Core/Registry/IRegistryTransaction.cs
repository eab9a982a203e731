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

    void UpdateTask(TaskRow row);

    void DeleteTask(TaskRow row);

    void MarkProjected(long number, long seq);

    void InsertEntry(long number, JournalEntry entry);

    IReadOnlyList<JournalEntry> Entries(long number, long afterSeq);

    long NextFence();

    IReadOnlyList<LeaseRow> Leases(string resource);

    void InsertLease(LeaseRow lease);

    void UpdateLease(LeaseRow lease, long newFence);

    void DeleteLease(LeaseRow lease);

    IReadOnlyList<string> ExpiredResources(int limit);

    bool HasPendingDeletions();

    bool IsDeletionPending(string taskId);

    void InsertDeletion(PendingDeletion deletion);

    bool DeleteDeletion(string taskId);

    void InsertCheckpoint(long number, CheckpointRow checkpoint);

    CheckpointRow? FindCheckpoint(string checkpointId);

    void DeleteCheckpoint(string checkpointId);

    SandboxRow? FindSandbox(long number);

    void PutSandbox(long number, SandboxRow sandbox);

    bool DeleteSandbox(long number);

    void InsertExecution(long number, Execution execution);

    void UpdateExecution(Execution execution);

    RequestRow? FindRequest(string key);

    void PutRequest(RequestRow request);

    bool DeleteRequest(string key);

    void DeleteRequestsBefore(DateTimeOffset time);

    void InsertDependency(long number, int position, long on);

    /// <summary>Keeps what a task depends on, and how many of it are not Completed.</summary>
    void UpdateDependencies(TaskRow row);

    /// <summary>Moves the number of unfinished dependencies of every task that depends on one.</summary>
    void MoveUnfinished(long on, int by);

    /// <summary>The tasks that depend on one, oldest first; only Pending ones when so asked.</summary>
    IReadOnlyList<long> Dependents(long on, bool pending);

    /// <summary>What a task depends on that is not Completed, in the order given.</summary>
    IReadOnlyList<(string Id, AgentTaskStatus Status)> Unfinished(long number, int limit);

    void CountLost(int leases);

    int IndexTasks(int limit);

    void Reindex(TaskRow row);
}
