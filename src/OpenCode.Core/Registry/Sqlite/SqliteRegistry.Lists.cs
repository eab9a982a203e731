using System.Runtime.CompilerServices;
using System.Text;

namespace OpenCode.Registry.Sqlite;

/// <content>Lists of tasks.</content>
public sealed partial class SqliteRegistry
{
    private const int StreamBatch = 500;

    /// <inheritdoc />
    public ValueTask<TaskPage> ListAsync(TaskQuery query, CancellationToken cancellationToken) => new(Read(session =>
    {
        var where = From(query);
        // One read transaction, so that page and count are of one moment.
        session.Prepare("BEGIN").Run();
        try
        {
            var order = query.Ready ? "priority DESC, n" : "n DESC";
            var page = Bind(session.Prepare(string.Intern($"SELECT {SqliteRows.TaskColumns} FROM {where} ORDER BY {order} LIMIT ? OFFSET ?")), query)
                .Bind(query.First ?? -1).Bind(query.Skip).All(SqliteRows.Task);
            var total = Bind(session.Prepare(string.Intern($"SELECT count(*) FROM {where}")), query).One(r => r.Integer(0));
            return new TaskPage(page, total);
        }
        finally
        {
            session.Prepare("COMMIT").Run();
        }
    }));

    /// <inheritdoc />
    public IAsyncEnumerable<AgentTask> StreamAsync(TaskQuery query, CancellationToken cancellationToken) =>
        query.Ready ? StreamReadyAsync(query, cancellationToken) : StreamNewestAsync(query, cancellationToken);

    private async IAsyncEnumerable<AgentTask> StreamNewestAsync(TaskQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Batches by key, each a short read: a consumer that stops for a while holds no read transaction open.
        var before = long.MaxValue;
        var skip = query.Skip;
        var left = query.First ?? int.MaxValue;
        var where = From(query);
        var sql = string.Intern($"SELECT {SqliteRows.RowColumns} FROM {where}{(where.Contains(" WHERE ", StringComparison.Ordinal) ? " AND" : " WHERE")} n < ? ORDER BY n DESC LIMIT ? OFFSET ?");
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

    private async IAsyncEnumerable<AgentTask> StreamReadyAsync(TaskQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // As above, by a key of two parts of which one descends: first the rest of a priority, then the priorities below it.
        var from = From(query);
        var below = string.Intern($"SELECT {SqliteRows.RowColumns} FROM {from} AND priority < ? ORDER BY priority DESC, n LIMIT ? OFFSET ?");
        var within = string.Intern($"SELECT {SqliteRows.RowColumns} FROM {from} AND priority = ? AND n > ? ORDER BY n LIMIT ? OFFSET ?");
        var (priority, after, inside) = (long.MaxValue, 0L, false);
        var skip = query.Skip;
        var left = query.First ?? int.MaxValue;
        while (left > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var limit = Math.Min(left, StreamBatch);
            var rows = Read(session =>
            {
                var statement = Bind(session.Prepare(inside ? within : below), query).Bind(priority);
                return (inside ? statement.Bind(after) : statement).Bind(limit).Bind(skip).All(SqliteRows.Row);
            });
            foreach (var row in rows)
            {
                yield return row.Task;
            }

            if (rows.Count < limit && !inside)
            {
                yield break;
            }

            inside = rows.Count == limit;
            (priority, after) = rows.Count > 0 ? (rows[^1].Task.Priority, rows[^1].Number) : (priority, after);
            left -= rows.Count;
            skip = 0;
            await Task.Yield();
        }
    }

    /// <summary>The table and the condition of a query; its texts are constants, its values are bound by <see cref="Bind"/> in the same order.</summary>
    private static string From(TaskQuery query)
    {
        // What is ready is in an index of its own, in its order. The planner, which knows no numbers of rows, would rather sort all of a status or an owner.
        return (query.Ready ? "tasks INDEXED BY tasks_ready" : "tasks") + Where(query);
    }

    private static string Where(TaskQuery query)
    {
        var where = new StringBuilder();
        Add(query.Ready, "status = 0 AND unfinished = 0"); // in the words of the index
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
