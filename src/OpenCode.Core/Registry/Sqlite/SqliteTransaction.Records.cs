using OpenCode.Common;

namespace OpenCode.Registry.Sqlite;

/// <content>Leases, checkpoints, sandboxes, executions and requests.</content>
internal sealed partial class SqliteTransaction
{
    /// <inheritdoc />
    public long NextFence() => session.Prepare("UPDATE counters SET value = value + 1 WHERE name = 'fence' RETURNING value").One<long?>(r => r.Integer(0))
        ?? throw new OpenCodeException(OpenCodeError.StateCorrupt, "The registry has lost its fence counter. Restore the database from a backup.");

    /// <inheritdoc />
    public IReadOnlyList<LeaseRow> Leases(string resource) =>
        session.Prepare($"SELECT {SqliteRows.LeaseColumns} FROM leases WHERE resource = ? ORDER BY fence").Bind(resource).All(SqliteRows.Lease);

    /// <inheritdoc />
    public void InsertLease(LeaseRow lease) => session.Prepare($"INSERT INTO leases ({SqliteRows.LeaseColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .Bind(lease.Resource).Bind(lease.Fence).Bind(lease.Owner).Bind((long)lease.Mode).Bind(lease.AcquiredAt).Bind(lease.ExpiresAt).Bind((long?)lease.Duration?.TotalMilliseconds)
        .Bind(lease.Process.Host).Bind(lease.Process.ProcessId).Bind(lease.Process.Started).Run();

    /// <inheritdoc />
    public void UpdateLease(LeaseRow lease, long newFence) => session.Prepare("UPDATE leases SET fence = ?, expires_at = ? WHERE resource = ? AND fence = ?")
        .Bind(newFence).Bind(lease.ExpiresAt).Bind(lease.Resource).Bind(lease.Fence).Run();

    /// <inheritdoc />
    public void DeleteLease(LeaseRow lease) => session.Prepare("DELETE FROM leases WHERE resource = ? AND fence = ?").Bind(lease.Resource).Bind(lease.Fence).Run();

    /// <inheritdoc />
    public IReadOnlyList<string> ExpiredResources(int limit) =>
        session.Prepare("SELECT DISTINCT resource FROM leases WHERE expires_at <= ? LIMIT ?").Bind(now).Bind(limit).All(r => r.Text(0));

    /// <inheritdoc />
    public bool HasPendingDeletions() => session.Prepare("SELECT 1 FROM deletions LIMIT 1").One(_ => true);

    /// <inheritdoc />
    public bool IsDeletionPending(string taskId) => session.Prepare("SELECT 1 FROM deletions WHERE task_id = ?").Bind(taskId).One(_ => true);

    /// <inheritdoc />
    public void InsertDeletion(PendingDeletion deletion) =>
        session.Prepare("INSERT INTO deletions (task_id, container_name) VALUES (?, ?)").Bind(deletion.TaskId).Bind(deletion.ContainerName).Run();

    /// <inheritdoc />
    public bool DeleteDeletion(string taskId) => Changes(session.Prepare("DELETE FROM deletions WHERE task_id = ?").Bind(taskId));

    /// <inheritdoc />
    public void InsertCheckpoint(long number, CheckpointRow checkpoint) =>
        session.Prepare("INSERT INTO checkpoints (id, task_n, at, seq) VALUES (?, ?, ?, ?)").Bind(checkpoint.CheckpointId).Bind(number).Bind(checkpoint.At).Bind(checkpoint.Seq).Run();

    /// <inheritdoc />
    public CheckpointRow? FindCheckpoint(string checkpointId) =>
        session.Prepare("SELECT t.id, c.id, c.at, c.seq FROM checkpoints c JOIN tasks t ON t.n = c.task_n WHERE c.id = ?").Bind(checkpointId).One(r => new CheckpointRow(r.Text(0), r.Text(1), r.Time(2), r.Integer(3)));

    /// <inheritdoc />
    public void DeleteCheckpoint(string checkpointId) => session.Prepare("DELETE FROM checkpoints WHERE id = ?").Bind(checkpointId).Run();

    /// <inheritdoc />
    public SandboxRow? FindSandbox(long number) =>
        session.Prepare("SELECT t.id, s.container_name, s.container_id, s.image FROM sandboxes s JOIN tasks t ON t.n = s.task_n WHERE s.task_n = ?").Bind(number).One(r => new SandboxRow(r.Text(0), r.Text(1), r.TextOrNull(2), r.Text(3)));

    /// <inheritdoc />
    public void PutSandbox(long number, SandboxRow sandbox) => session.Prepare("INSERT OR REPLACE INTO sandboxes (task_n, container_name, container_id, image) VALUES (?, ?, ?, ?)")
        .Bind(number).Bind(sandbox.ContainerName).Bind(sandbox.ContainerId).Bind(sandbox.Image).Run();

    /// <inheritdoc />
    public bool DeleteSandbox(long number) => Changes(session.Prepare("DELETE FROM sandboxes WHERE task_n = ?").Bind(number));

    /// <inheritdoc />
    public void InsertExecution(long number, Execution execution) =>
        session.Prepare("INSERT INTO executions (id, task_n, agent, command, stdout, stderr, truncated, timed_out, started_at) VALUES (?, ?, ?, ?, '', '', 0, 0, ?)")
            .Bind(execution.Id).Bind(number).Bind(execution.AgentId).Bind(JsonText.Write(execution.Command)).Bind(execution.StartedAt).Run();

    /// <inheritdoc />
    public void UpdateExecution(Execution execution) =>
        session.Prepare("UPDATE executions SET exit_code = ?, stdout = ?, stderr = ?, truncated = ?, timed_out = ?, duration = ? WHERE id = ?")
            .Bind(execution.ExitCode).Bind(execution.Stdout).Bind(execution.Stderr).Bind(execution.Truncated ? 1 : 0).Bind(execution.TimedOut ? 1 : 0)
            .Bind((long?)execution.Duration?.TotalMilliseconds).Bind(execution.Id).Run();

    /// <inheritdoc />
    public RequestRow? FindRequest(string key) =>
        session.Prepare("SELECT key, tool, arguments_hash, planned_id, response, host, process_id, process_started, at FROM requests WHERE key = ?").Bind(key)
            .One(r => new RequestRow(r.Text(0), r.Text(1), r.Text(2), r.Text(3), r.TextOrNull(4), new ProcessIdentity(r.Text(5), (int)r.Integer(6), r.Text(7)), r.Time(8)));

    /// <inheritdoc />
    public void PutRequest(RequestRow request) =>
        session.Prepare("INSERT OR REPLACE INTO requests (key, tool, arguments_hash, planned_id, response, host, process_id, process_started, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .Bind(request.Key).Bind(request.Tool).Bind(request.ArgumentsHash).Bind(request.PlannedId).Bind(request.Response)
            .Bind(request.Process.Host).Bind(request.Process.ProcessId).Bind(request.Process.Started).Bind(request.At).Run();

    /// <inheritdoc />
    public bool DeleteRequest(string key) => Changes(session.Prepare("DELETE FROM requests WHERE key = ?").Bind(key));

    /// <inheritdoc />
    public void DeleteRequestsBefore(DateTimeOffset time) => session.Prepare("DELETE FROM requests WHERE at < ?").Bind(time).Run();

    private bool Changes(Statement statement)
    {
        statement.Run();
        return SQLitePCL.raw.sqlite3_changes(session.Handle) > 0;
    }
}
