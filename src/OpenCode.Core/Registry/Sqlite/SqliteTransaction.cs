using OpenCode.Common;

namespace OpenCode.Registry.Sqlite;

/// <summary>The statements of a write transaction. Whoever uses it has begun the transaction and ends it.</summary>
/// <param name="session">The writer's connection.</param>
/// <param name="now">The store's clock at the beginning of the transaction.</param>
internal sealed partial class SqliteTransaction(SqliteSession session, DateTimeOffset now) : IRegistryTransaction
{
    private const string SelectRow = $"SELECT {SqliteRows.RowColumns} FROM tasks WHERE id = ?";

    private const string SelectRowByNumber = $"SELECT {SqliteRows.RowColumns} FROM tasks WHERE n = ?";

    private const string InsertRow =
        $"INSERT INTO tasks ({SqliteRows.TaskColumns}, last_seq, projected_seq, changed_by) VALUES (?, ?, ?, ?, ?, ?, NULL, ?, ?, NULL, NULL, ?, ?, ?, ?, ?, NULL, NULL, ?, ?, 1, 0, ?)";

    // SQLite writes the entry of every index that has a column which is named here, whether its value changes or not. So there is a statement for each of what
    // usually changes: everything, how the task stands, and nothing that an index has.
    private const string Always = "agents = ?, result = ?, error = ?, version = ?, attempt = ?, updated_at = ?, started_at = ?, finished_at = ?, last_seq = ?, changed_by = ?, checkpoint_id = ?";

    private const string UpdateRow = $"UPDATE tasks SET {Always}, status = ?, name = ?, description = ?, owner = ?, priority = ?, metadata = ? WHERE n = ?";

    private const string UpdateStatus = $"UPDATE tasks SET {Always}, status = ? WHERE n = ?";

    private const string UpdateAlways = $"UPDATE tasks SET {Always} WHERE n = ?";

    private const string Ready = $"SELECT {SqliteRows.RowColumns} FROM tasks INDEXED BY tasks_ready WHERE status = 0 AND unfinished = 0";

    private const string NotThese = " AND id NOT IN (SELECT value FROM json_each(?))";

    private const string First = " ORDER BY priority DESC, n LIMIT 1";

    private const string InsertJournal = $"INSERT INTO journal (task_n, {SqliteRows.EntryColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

    private const string SelectJournal = $"SELECT {SqliteRows.EntryColumns} FROM journal WHERE task_n = ? AND seq > ? ORDER BY seq";

    /// <inheritdoc />
    public DateTimeOffset Now => now;

    /// <inheritdoc />
    public TaskRow? FindTask(string taskId) => session.Prepare(SelectRow).Bind(taskId).One(SqliteRows.Row);

    /// <inheritdoc />
    public TaskRow? FindTask(long number) => session.Prepare(SelectRowByNumber).Bind(number).One(SqliteRows.Row);

    /// <inheritdoc />
    public TaskRow? FindReady(string? owner, IReadOnlyList<string> except)
    {
        // The index of what is ready is in the order in which tasks are taken, and knows the owner: the first entry that fits is the one.
        var statement = session.Prepare((owner, except.Count) switch
        {
            (null, 0) => Ready + First,
            (null, _) => Ready + NotThese + First,
            (_, 0) => Ready + " AND owner = ?" + First,
            _ => Ready + " AND owner = ?" + NotThese + First,
        });
        statement = owner is null ? statement : statement.Bind(owner);
        statement = except.Count == 0 ? statement : statement.Bind($"[\"{string.Join("\",\"", except)}\"]"); // ids have nothing to escape
        return statement.One(SqliteRows.Row);
    }

    /// <inheritdoc />
    public long InsertTask(AgentTask task, int unfinished, string changedBy)
    {
        try
        {
            session.Prepare(InsertRow)
                .Bind(task.Id).Bind(task.Name).Bind(task.Description).Bind((long)task.Status).Bind((long)task.Mode).Bind(task.Owner)
                .Bind(task.Priority).Bind(task.Metadata.ToString()).Bind(task.Version).Bind(task.Attempt).Bind(task.Image)
                .Bind(task.CreatedAt).Bind(task.UpdatedAt).Bind(SqliteRows.Lines(task.DependsOn)).Bind(unfinished).Bind(changedBy).Run();
        }
        catch (Microsoft.Data.Sqlite.SqliteException e) when (e.SqliteErrorCode == SQLitePCL.raw.SQLITE_CONSTRAINT)
        {
            throw new OpenCodeException(OpenCodeError.TaskExists, $"A task with the id '{task.Id}' is already there. Take another id, or leave it out to have one made.", task.Id, e);
        }

        return SQLitePCL.raw.sqlite3_last_insert_rowid(session.Handle);
    }

    /// <inheritdoc />
    public void UpdateTask(TaskRow row, AgentTask? stored)
    {
        var task = row.Task;
        var described = stored is not null && stored.Name == task.Name && stored.Description == task.Description && stored.Owner == task.Owner
            && stored.Priority == task.Priority && ReferenceEquals(stored.Metadata, task.Metadata);
        var stands = described && stored!.Status == task.Status;
        var statement = session.Prepare(stands ? UpdateAlways : described ? UpdateStatus : UpdateRow)
            .Bind(SqliteRows.Agents(task)).Bind(task.Result is { } result ? ResultJson.WriteChecked(result) : null).Bind(task.Error).Bind(task.Version)
            .Bind(task.Attempt).Bind(task.UpdatedAt).Bind(task.StartedAt).Bind(task.FinishedAt).Bind(row.LastSeq).Bind(row.ChangedBy).Bind(row.CheckpointId);
        statement = stands ? statement : statement.Bind((long)task.Status);
        statement = described ? statement : statement.Bind(task.Name).Bind(task.Description).Bind(task.Owner).Bind(task.Priority).Bind(task.Metadata.ToString());
        statement.Bind(row.Number).Run();
    }

    /// <inheritdoc />
    public void DeleteTask(TaskRow row)
    {
        session.Prepare("DELETE FROM tasks_text WHERE rowid = ?").Bind(row.Number).Run();
        session.Prepare("DELETE FROM journal WHERE task_n = ?").Bind(row.Number).Run();
        session.Prepare("DELETE FROM checkpoints WHERE task_n = ?").Bind(row.Number).Run();
        session.Prepare("DELETE FROM executions WHERE task_n = ?").Bind(row.Number).Run();
        session.Prepare("DELETE FROM sandboxes WHERE task_n = ?").Bind(row.Number).Run();
        session.Prepare("DELETE FROM room_line WHERE task_n = ?").Bind(row.Number).Run();
        session.Prepare("DELETE FROM dependencies WHERE task_n = ?").Bind(row.Number).Run();
        session.Prepare("DELETE FROM dependencies WHERE on_n = ?").Bind(row.Number).Run();
        session.Prepare("DELETE FROM tasks WHERE n = ?").Bind(row.Number).Run();
    }

    /// <inheritdoc />
    public void MarkProjected(long number, long seq)
    {
        session.Prepare("UPDATE tasks SET projected_seq = ? WHERE n = ? AND projected_seq < ?").Bind(seq).Bind(number).Bind(seq).Run();
        // The data are in state.json now; the journal keeps the event, not a second copy of them.
        session.Prepare("UPDATE journal SET state_data = NULL WHERE task_n = ? AND seq <= ? AND state_data IS NOT NULL").Bind(number).Bind(seq).Run();
    }

    /// <inheritdoc />
    public void InsertEntry(long number, JournalEntry entry) => session.Prepare(InsertJournal)
        .Bind(number).Bind(entry.Seq).Bind(entry.Version).Bind((long)entry.Status).Bind((long)entry.Kind).Bind(entry.At).Bind((long)entry.Level)
        .Bind(entry.Message).Bind(entry.Data).Bind(entry.StateData).Run();

    /// <inheritdoc />
    public IReadOnlyList<JournalEntry> Entries(long number, long afterSeq) => session.Prepare(SelectJournal).Bind(number).Bind(afterSeq).All(SqliteRows.Entry);

    /// <inheritdoc />
    public int IndexTasks(int limit)
    {
        const string Unindexed = "SELECT n, name, description, metadata FROM tasks WHERE n > (SELECT value FROM counters WHERE name = 'indexed') ORDER BY n LIMIT ?";
        var rows = session.Prepare(Unindexed).Bind(limit).All(r => (Number: r.Integer(0), Name: r.Text(1), Description: r.TextOrNull(2), Metadata: r.Text(3)));
        foreach (var (number, name, description, metadata) in rows)
        {
            InsertText(number, name, description, metadata);
        }

        if (rows.Count > 0)
        {
            session.Prepare("UPDATE counters SET value = ? WHERE name = 'indexed'").Bind(rows[^1].Number).Run();
        }

        return rows.Count;
    }

    /// <inheritdoc />
    public void Reindex(TaskRow row)
    {
        var indexed = session.Prepare("SELECT value FROM counters WHERE name = 'indexed'").One<long?>(r => r.Integer(0)) ?? 0;
        if (row.Number > indexed)
        {
            return; // joins the index with its newest text before the next search
        }

        session.Prepare("DELETE FROM tasks_text WHERE rowid = ?").Bind(row.Number).Run();
        InsertText(row.Number, row.Task.Name, row.Task.Description, row.Task.Metadata.ToString());
    }

    private void InsertText(long number, string name, string? description, string metadata) =>
        session.Prepare("INSERT INTO tasks_text (rowid, name, description, metadata) VALUES (?, ?, ?, ?)").Bind(number).Bind(name).Bind(description).Bind(metadata).Run();
}
