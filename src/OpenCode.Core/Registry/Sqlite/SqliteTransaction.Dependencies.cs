namespace OpenCode.Registry.Sqlite;

/// <content>What tasks depend on.</content>
internal sealed partial class SqliteTransaction
{
    /// <inheritdoc />
    public void InsertDependency(long number, int position, long on) =>
        session.Prepare("INSERT INTO dependencies (task_n, position, on_n) VALUES (?, ?, ?)").Bind(number).Bind(position).Bind(on).Run();

    /// <inheritdoc />
    public void UpdateDependencies(TaskRow row) =>
        session.Prepare("UPDATE tasks SET depends_on = ?, unfinished = ? WHERE n = ?").Bind(SqliteRows.Lines(row.Task.DependsOn)).Bind(row.Unfinished).Bind(row.Number).Run();

    /// <inheritdoc />
    public bool MoveUnfinished(long on, int by)
    {
        // Most tasks have none, and to look takes an eighth of the time of changing nothing.
        if (session.Prepare("SELECT EXISTS (SELECT 1 FROM dependencies WHERE on_n = ?)").Bind(on).One(r => r.Integer(0)) == 0)
        {
            return false;
        }

        session.Prepare("UPDATE tasks SET unfinished = unfinished + ? WHERE n IN (SELECT task_n FROM dependencies WHERE on_n = ?)").Bind(by).Bind(on).Run();
        return SQLitePCL.raw.sqlite3_changes(session.Handle) > 0;
    }

    /// <inheritdoc />
    public IReadOnlyList<long> Dependents(long on, bool pending) => session
        .Prepare(pending
            ? "SELECT d.task_n FROM dependencies d JOIN tasks t ON t.n = d.task_n WHERE d.on_n = ? AND t.status = 0 ORDER BY d.task_n"
            : "SELECT task_n FROM dependencies WHERE on_n = ? ORDER BY task_n")
        .Bind(on).All(r => r.Integer(0));

    /// <inheritdoc />
    public IReadOnlyList<(string Id, AgentTaskStatus Status)> Unfinished(long number, int limit) => session
        .Prepare("SELECT t.id, t.status FROM dependencies d JOIN tasks t ON t.n = d.on_n WHERE d.task_n = ? AND t.status <> 2 ORDER BY d.position LIMIT ?")
        .Bind(number).Bind(limit).All(r => (r.Text(0), (AgentTaskStatus)r.Integer(1)));
}
