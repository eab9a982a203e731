using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Data.Sqlite;

using OpenCode.Common;

namespace OpenCode.Registry.Sqlite;

/// <content>Reads.</content>
public sealed partial class SqliteRegistry
{
    private const int StreamBatch = 500;

    private const string SelectRow = $"SELECT {SqliteRows.RowColumns} FROM tasks WHERE id = ?";

    /// <inheritdoc />
    public ValueTask<TaskRow?> FindAsync(string taskId, CancellationToken cancellationToken) =>
        new(Read(session => session.Prepare(SelectRow).Bind(taskId).One(SqliteRows.Row)));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<string>> IdsByPrefixAsync(string prefix, int limit, CancellationToken cancellationToken) =>
        // Ids are ASCII, so '~' sorts behind every character of one.
        new(Read(session => session.Prepare("SELECT id FROM tasks WHERE id >= ? AND id < ? ORDER BY id LIMIT ?").Bind(prefix).Bind(prefix + "~").Bind(limit).All(r => r.Text(0))));

    /// <inheritdoc />
    public ValueTask<TaskPage> ListAsync(TaskQuery query, CancellationToken cancellationToken) => new(Read(session =>
    {
        var where = Where(query);
        // One read transaction, so that page and count are of one moment.
        session.Prepare("BEGIN").Run();
        try
        {
            var page = Bind(session.Prepare(string.Intern($"SELECT {SqliteRows.TaskColumns} FROM tasks{where} ORDER BY n DESC LIMIT ? OFFSET ?")), query)
                .Bind(query.First ?? -1).Bind(query.Skip).All(SqliteRows.Task);
            var total = Bind(session.Prepare(string.Intern($"SELECT count(*) FROM tasks{where}")), query).One(r => r.Integer(0));
            return new TaskPage(page, total);
        }
        finally
        {
            session.Prepare("COMMIT").Run();
        }
    }));

    /// <inheritdoc />
    public async IAsyncEnumerable<AgentTask> StreamAsync(TaskQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Batches by key, each a short read: a consumer that stops for a while holds no read transaction open.
        var before = long.MaxValue;
        var skip = query.Skip;
        var left = query.First ?? int.MaxValue;
        var where = Where(query);
        var sql = string.Intern($"SELECT {SqliteRows.RowColumns} FROM tasks{where}{(where.Length == 0 ? " WHERE" : " AND")} n < ? ORDER BY n DESC LIMIT ? OFFSET ?");
        while (left > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var limit = Math.Min(left, StreamBatch);
            var rows = Read(session => Bind(session.Prepare(sql), query).Bind(before).Bind(limit).Bind(skip).All(SqliteRows.Row));
            foreach (var row in rows)
            {
                yield return row.Task;
            }

            if (rows.Count < limit)
            {
                yield break;
            }

            before = rows[^1].Number;
            left -= rows.Count;
            skip = 0;
            await Task.Yield();
        }
    }

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<AgentTask>> SearchAsync(string expression, int limit, CancellationToken cancellationToken)
    {
        while (await WriteAsync(new IndexTasks(2_000), cancellationToken).ConfigureAwait(false) > 0)
        {
        }

        try
        {
            return Read(session => session.Prepare($"SELECT {SqliteRows.TaskColumns} FROM tasks JOIN (SELECT rowid, rank FROM tasks_text WHERE tasks_text MATCH ? ORDER BY rank LIMIT ?) hit ON hit.rowid = tasks.n ORDER BY hit.rank, n DESC")
                .Bind(expression).Bind(limit).All(SqliteRows.Task));
        }
        catch (OpenCodeException e) when (e.InnerException is SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_ERROR })
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The search expression '{expression}' cannot be read: {e.InnerException.Message}. Put words that hold punctuation into double quotes.", expression, e);
        }
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<JournalEntry>> JournalAsync(long taskNumber, long afterSeq, CancellationToken cancellationToken) =>
        new(Read(session => session.Prepare($"SELECT {SqliteRows.EntryColumns} FROM journal WHERE task_n = ? AND seq > ? ORDER BY seq").Bind(taskNumber).Bind(afterSeq).All(SqliteRows.Entry)));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<string>> UnprojectedAsync(int limit, CancellationToken cancellationToken) =>
        new(Read(session => session.Prepare("SELECT id FROM tasks WHERE projected_seq < last_seq ORDER BY n LIMIT ?").Bind(limit).All(r => r.Text(0))));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<PendingDeletion>> PendingDeletionsAsync(CancellationToken cancellationToken) =>
        new(Read(session => session.Prepare("SELECT task_id, container_name FROM deletions ORDER BY task_id").All(r => new PendingDeletion(r.Text(0), r.TextOrNull(1)))));

    /// <inheritdoc />
    public ValueTask<bool> HasExpiredLeasesAsync(CancellationToken cancellationToken) =>
        new(Read(session => session.Prepare("SELECT 1 FROM leases WHERE expires_at <= ? LIMIT 1").Bind(_clock.GetUtcNow()).One(_ => true)));

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
    public ValueTask<IReadOnlyList<Execution>> ExecutionsAsync(string taskId, string? executionId, int? last, CancellationToken cancellationToken) => new(Read(session =>
    {
        const string Sql = $"SELECT {SqliteRows.ExecutionColumns} FROM executions e JOIN tasks t ON t.n = e.task_n WHERE t.id = ? AND (?2 IS NULL OR e.id = ?2) ORDER BY e.started_at DESC, e.id DESC LIMIT ?3";
        var newest = session.Prepare(Sql).Bind(taskId).Bind(executionId).Bind(last ?? -1).All(SqliteRows.Execution);
        return (IReadOnlyList<Execution>)[.. newest.Reverse()];
    }));

    /// <inheritdoc />
    public ValueTask<SandboxRow?> SandboxAsync(string taskId, CancellationToken cancellationToken) =>
        new(Read(session => session.Prepare("SELECT t.id, s.container_name, s.container_id, s.image FROM sandboxes s JOIN tasks t ON t.n = s.task_n WHERE t.id = ?")
            .Bind(taskId).One(r => new SandboxRow(r.Text(0), r.Text(1), r.TextOrNull(2), r.Text(3)))));

    /// <summary>The condition of a query; its texts are constants, its values are bound by <see cref="Bind"/> in the same order.</summary>
    private static string Where(TaskQuery query)
    {
        var where = new StringBuilder();
        Add(query.IdPattern is not null, "id GLOB ?");
        Add(query.Statuses.Count > 0, $"status IN ({string.Join(", ", query.Statuses.Distinct().Select(_ => "?"))})");
        Add(query.Owner is not null, "owner = ?");
        Add(query.Agent is not null, "id IN (SELECT substr(resource, 6) FROM leases WHERE owner = ? AND resource >= 'task:' AND resource < 'task;')");
        return where.ToString();

        void Add(bool wanted, string condition)
        {
            if (wanted)
            {
                where.Append(where.Length == 0 ? " WHERE " : " AND ").Append(condition);
            }
        }
    }

    private static Statement Bind(Statement statement, TaskQuery query)
    {
        if (query.IdPattern is { } pattern)
        {
            // GLOB knows sets in brackets as PowerShell's wildcards do; no id holds one of these characters.
            statement.Bind(pattern);
        }

        foreach (var status in query.Statuses.Distinct())
        {
            statement.Bind((long)status);
        }

        if (query.Owner is { } owner)
        {
            statement.Bind(owner);
        }

        return query.Agent is { } agent ? statement.Bind(agent) : statement;
    }
}
