using OpenCode.Common;

namespace OpenCode.Registry.Sqlite;

/// <content>Checkpoints, sandboxes, executions and requests.</content>
internal sealed partial class SqliteTransaction
{
    /// <inheritdoc />
    public bool HasPendingDeletions() => session.Prepare("SELECT 1 FROM deletions LIMIT 1").One(_ => true);

    /// <inheritdoc />
    public bool IsDeletionPending(string taskId) => session.Prepare("SELECT 1 FROM deletions WHERE task_id = ?").Bind(taskId).One(_ => true);

    /// <inheritdoc />
    public void InsertDeletion(PendingDeletion deletion) =>
        session.Prepare("INSERT INTO deletions (task_id, container_name, pool) VALUES (?, ?, ?)").Bind(deletion.TaskId).Bind(deletion.ContainerName).Bind(deletion.Pool).Run();

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
        session.Prepare($"SELECT {SqliteRows.SandboxColumns} FROM sandboxes s JOIN tasks t ON t.n = s.task_n WHERE s.task_n = ?").Bind(number).One(SqliteRows.Sandbox);

    /// <inheritdoc />
    public IReadOnlyList<SandboxRow> OtherSandboxes(long number) =>
        session.Prepare($"SELECT {SqliteRows.SandboxColumns} FROM sandboxes s JOIN tasks t ON t.n = s.task_n WHERE s.task_n <> ?").Bind(number).All(SqliteRows.Sandbox);

    /// <inheritdoc />
    public void PutSandbox(long number, SandboxRow sandbox) => session
        .Prepare("INSERT OR REPLACE INTO sandboxes (task_n, container_name, container_id, image, state, deed, host, process_id, process_started, network, memory, cpu_shares, pids_limit, pool) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .Bind(number).Bind(sandbox.ContainerName).Bind(sandbox.ContainerId).Bind(sandbox.Image).Bind((long)sandbox.State).Bind((long?)sandbox.Deed)
        .Bind(sandbox.Process?.Host).Bind(sandbox.Process?.ProcessId).Bind(sandbox.Process?.Started)
        .Bind((long)sandbox.Network).Bind(sandbox.MemoryMiB).Bind(sandbox.CpuShares).Bind(sandbox.PidsLimit).Bind(sandbox.Pool).Run();

    /// <inheritdoc />
    public bool DeleteSandbox(long number) => Changes(session.Prepare("DELETE FROM sandboxes WHERE task_n = ?").Bind(number));

    /// <inheritdoc />
    public void InsertExecution(long number, Execution execution, string? askedBy, ProcessIdentity watcher) =>
        session.Prepare("INSERT INTO executions (id, task_n, agent, command, stdout, stderr, truncated, timed_out, started_at, ended, asked_by, host, process_id, process_started) VALUES (?, ?, ?, ?, '', '', 0, 0, ?, 0, ?, ?, ?, ?)")
            .Bind(execution.Id).Bind(number).Bind(execution.AgentId).Bind(JsonText.Write(execution.Command)).Bind(execution.StartedAt)
            .Bind(askedBy).Bind(watcher.Host).Bind(watcher.ProcessId).Bind(watcher.Started).Run();

    /// <inheritdoc />
    public bool UpdateExecution(Execution execution) =>
        Changes(session.Prepare("UPDATE executions SET exit_code = ?, stdout = ?, stderr = ?, truncated = ?, timed_out = ?, duration = ?, status = ?, reason = ?, ended = 1, ended_at = ? WHERE id = ? AND ended = 0")
            .Bind(execution.ExitCode).Bind(execution.Stdout).Bind(execution.Stderr).Bind(execution.Truncated ? 1 : 0).Bind(execution.TimedOut ? 1 : 0)
            .Bind((long?)execution.Duration?.TotalMilliseconds).Bind((long)execution.Status).Bind(execution.Reason).Bind(Now).Bind(execution.Id));

    /// <inheritdoc />
    public bool CancelExecution(long number, string executionId, string reason) =>
        Changes(session.Prepare("UPDATE executions SET cancel = coalesce(cancel, ?) WHERE id = ? AND task_n = ? AND ended = 0").Bind(reason).Bind(executionId).Bind(number));

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
