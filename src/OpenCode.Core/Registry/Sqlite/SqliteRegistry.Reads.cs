using Microsoft.Data.Sqlite;
using OpenCode.Common;

namespace OpenCode.Registry.Sqlite;

/// <content>Reads.</content>
public sealed partial class SqliteRegistry
{
    private const string SelectRow = $"SELECT {SqliteRows.RowColumns} FROM tasks WHERE id = ?";

    // Each read takes and gives back a lock of the file, which costs more than the row.
    private const string SelectLook = $"SELECT {SqliteRows.RowColumns}, EXISTS (SELECT 1 FROM lease_counters WHERE due <= ?2) FROM tasks WHERE id = ?1";
    private const int ExpiredColumn = 25;

    /// <inheritdoc />
    public ValueTask<TaskRow?> FindAsync(string taskId, CancellationToken cancellationToken) =>
        new(Read(session => session.Prepare(SelectRow).Bind(taskId).One(SqliteRows.Row)));

    /// <inheritdoc />
    public ValueTask<(TaskRow? Row, bool HasExpiredLeases)> LookAsync(string taskId, CancellationToken cancellationToken) =>
        new(Read(session => Look(session, taskId)));

    /// <inheritdoc />
    public (TaskRow? Row, bool HasExpiredLeases)? LookNow(string taskId)
    {
        SqliteSession? session = null;
        try
        {
            session = _quick.TryTake(out var idle) ? idle : SqliteSession.Quick(_configuration);
            var found = Look(session, taskId);
            Return(session, _quick);
            return found;
        }
        catch (SqliteException)
        {
            // Locked, or broken: the way that waits finds out which, and says so.
            session?.Dispose();
            return null;
        }
        catch
        {
            session?.Dispose();
            throw;
        }
    }

    private (TaskRow? Row, bool HasExpiredLeases) Look(SqliteSession session, string taskId) =>
        session.Prepare(SelectLook).Bind(taskId).Bind(_clock.GetUtcNow()).One(static r => ((TaskRow?)SqliteRows.Row(r), r.Integer(ExpiredColumn) != 0));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<string>> IdsByPrefixAsync(string prefix, int limit, CancellationToken cancellationToken) =>
        // Ids are ASCII, so '~' sorts behind every character of one.
        new(Read(session => session.Prepare("SELECT id FROM tasks WHERE id >= ? AND id < ? ORDER BY id LIMIT ?").Bind(prefix).Bind(prefix + "~").Bind(limit).All(r => r.Text(0))));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<(string Id, AgentTaskStatus Status)>> UnfinishedAsync(long taskNumber, CancellationToken cancellationToken) =>
        new(Read(session => new SqliteTransaction(session, _clock.GetUtcNow()).Unfinished(taskNumber, RegistryRules.MostNamed)));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<JournalEntry>> JournalAsync(long taskNumber, long afterSeq, CancellationToken cancellationToken) =>
        new(Read(session => session.Prepare($"SELECT {SqliteRows.EntryColumns} FROM journal WHERE task_n = ? AND seq > ? ORDER BY seq").Bind(taskNumber).Bind(afterSeq).All(SqliteRows.Entry)));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<string>> UnprojectedAsync(int limit, CancellationToken cancellationToken) =>
        new(Read(session => session.Prepare("SELECT id FROM tasks WHERE projected_seq < last_seq ORDER BY n LIMIT ?").Bind(limit).All(r => r.Text(0))));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<PendingDeletion>> PendingDeletionsAsync(CancellationToken cancellationToken) =>
        new(Read(session => session.Prepare("SELECT task_id, container_name, pool FROM deletions ORDER BY task_id").All(r => new PendingDeletion(r.Text(0), r.TextOrNull(1)) { Pool = r.TextOrNull(2) })));

    /// <inheritdoc />
    public ValueTask<bool> HasExpiredLeasesAsync(CancellationToken cancellationToken) =>
        new(Read(session => session.Prepare("SELECT 1 FROM lease_counters WHERE due <= ?").Bind(_clock.GetUtcNow()).One(_ => true)));

    /// <inheritdoc />
    public ValueTask<RegistryVitals> VitalsAsync(CancellationToken cancellationToken)
    {
        // Each part is answered by an index, and what could be many is counted up to a bound.
        const string Sql = """
            SELECT (SELECT count(*) FROM tasks),
                (SELECT count(*) FROM (SELECT 1 FROM tasks WHERE projected_seq < last_seq LIMIT 1000)),
                (SELECT count(*) FROM (SELECT 1 FROM leases WHERE expires_at <= ? LIMIT 1000)),
                (SELECT count(*) FROM deletions),
                (SELECT max(created_at) FROM tasks)
            """;
        return new(Read(session => session.Prepare(Sql).Bind(_clock.GetUtcNow())
            .One(r => new RegistryVitals(r.Integer(0), (int)r.Integer(1), (int)r.Integer(2), (int)r.Integer(3), r.TimeOrNull(4)))!));
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<Lease>> LeasesAsync(string resource, CancellationToken cancellationToken) =>
        new(Read(session => session.Prepare($"SELECT {SqliteRows.LeaseColumns} FROM leases WHERE resource = ? ORDER BY fence").Bind(resource).All(r => SqliteRows.Lease(r).ToLease())));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<CheckpointRow>> CheckpointsAsync(string taskId, CancellationToken cancellationToken) =>
        new(Read(session => session.Prepare("SELECT t.id, c.id, c.at, c.seq FROM checkpoints c JOIN tasks t ON t.n = c.task_n WHERE t.id = ? ORDER BY c.at, c.id")
            .Bind(taskId).All(r => new CheckpointRow(r.Text(0), r.Text(1), r.Time(2), r.Integer(3)))));

    /// <inheritdoc />
    public ValueTask<CheckpointRow?> FindCheckpointAsync(string checkpointId, CancellationToken cancellationToken) =>
        new(Read(session => session.Prepare("SELECT t.id, c.id, c.at, c.seq FROM checkpoints c JOIN tasks t ON t.n = c.task_n WHERE c.id = ?")
            .Bind(checkpointId).One(r => new CheckpointRow(r.Text(0), r.Text(1), r.Time(2), r.Integer(3)))));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<Execution>> ExecutionsAsync(string taskId, string? idPattern, int? last, CancellationToken cancellationToken) => new(Read(session =>
    {
        const string Sql = $"SELECT {SqliteRows.ExecutionColumns} FROM executions e JOIN tasks t ON t.n = e.task_n WHERE t.id = ? AND (?2 IS NULL OR e.id GLOB ?2) ORDER BY e.started_at DESC, e.id DESC LIMIT ?3";
        var newest = session.Prepare(Sql).Bind(taskId).Bind(idPattern).Bind(last ?? -1).All(SqliteRows.Execution);
        return (IReadOnlyList<Execution>)[.. newest.Reverse()];
    }));

    /// <inheritdoc />
    public ValueTask<AskedExecution?> FindExecutionAsync(string executionId, CancellationToken cancellationToken) => new(Read(session => session
        .Prepare($"SELECT {SqliteRows.ExecutionColumns}, e.asked_by, e.ended_at FROM executions e JOIN tasks t ON t.n = e.task_n WHERE e.id = ?").Bind(executionId)
        .One(static r => new AskedExecution(SqliteRows.Execution(r), r.TextOrNull(14), r.TimeOrNull(15)))));

    /// <inheritdoc />
    public ValueTask<string?> CancelReasonAsync(string executionId, CancellationToken cancellationToken) =>
        new(Read(session => session.Prepare("SELECT cancel FROM executions WHERE id = ? AND ended = 0").Bind(executionId).One(static r => r.TextOrNull(0))));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<ApprovalRequest>> ApprovalsAsync(bool waiting, CancellationToken cancellationToken) => new(Read(session =>
    {
        var now = _clock.GetUtcNow();
        return waiting
            ? session.Prepare($"SELECT {SqliteRows.ApprovalColumns} FROM approvals WHERE expires_at > ? AND status = 0 ORDER BY id").Bind(now).All(row => SqliteRows.Approval(row, now))
            : session.Prepare($"SELECT {SqliteRows.ApprovalColumns} FROM approvals ORDER BY id").All(row => SqliteRows.Approval(row, now));
    }));

    /// <inheritdoc />
    public ValueTask<SandboxRow?> SandboxAsync(string taskId, CancellationToken cancellationToken) =>
        new(Read(session => session.Prepare($"SELECT {SqliteRows.SandboxColumns} FROM sandboxes s JOIN tasks t ON t.n = s.task_n WHERE t.id = ?").Bind(taskId).One(SqliteRows.Sandbox)));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<SandboxRow>> SandboxesAsync(CancellationToken cancellationToken) =>
        new(Read(session => session.Prepare($"SELECT {SqliteRows.SandboxColumns} FROM sandboxes s JOIN tasks t ON t.n = s.task_n ORDER BY t.id").All(SqliteRows.Sandbox)));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<PoolRow>> PoolAsync(CancellationToken cancellationToken) =>
        new(Read(session => session.Prepare($"SELECT {SqliteRows.PoolColumns} FROM pool ORDER BY id").All(SqliteRows.Pool)));

    /// <inheritdoc />
    public ValueTask<(long Hits, long Misses)> PoolCountsAsync(CancellationToken cancellationToken) => new(Read(session => session
        .Prepare("SELECT (SELECT value FROM counters WHERE name = 'pool_hits'), (SELECT value FROM counters WHERE name = 'pool_misses')").One(static r => (r.Integer(0), r.Integer(1)))));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<RoomWaiter>> RoomLineAsync(CancellationToken cancellationToken) =>
        new(Read(session => session.Prepare($"SELECT {SqliteRows.RoomColumns} FROM room_line ORDER BY ticket").All(SqliteRows.RoomWaiter)));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<OpenExecution>> OpenExecutionsAsync(CancellationToken cancellationToken) => new(Read(session => session
        .Prepare($"SELECT {SqliteRows.ExecutionColumns}, e.host, e.process_id, e.process_started FROM executions e JOIN tasks t ON t.n = e.task_n WHERE e.ended = 0 ORDER BY e.id")
        .All(r => new OpenExecution(SqliteRows.Execution(r), new ProcessIdentity(r.Text(14), (int)r.Integer(15), r.Text(16))))));
}
