using System.Runtime.CompilerServices;

namespace OpenCode.Registry.Sqlite;

/// <content>Full-text search.</content>
public sealed partial class SqliteRegistry
{
    private const int IndexBatch = 2_000;

    private const int SearchBatch = 100;

    // A word in the name says more than one in the description, and that more than one in the metadata.
    private const string Best = "ORDER BY bm25(tasks_text, 8.0, 2.0, 1.0), tasks_text.rowid DESC LIMIT ? OFFSET ?";

    private const string SelectRowByNumber = $"SELECT {SqliteRows.RowColumns} FROM tasks WHERE n = ?";

    /// <inheritdoc />
    public async IAsyncEnumerable<AgentTask> SearchAsync(SearchText text, TaskQuery filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await IndexAsync(cancellationToken).ConfigureAwait(false);
        // The order is known only when every hit is; so the hits are read whole, as numbers, and the tasks in batches, as they are wanted.
        var hits = Read(session =>
        {
            var where = Where(filter);
            // CROSS JOIN keeps the order: hits first. Left to itself, the planner may ask the index about every task of an owner.
            var statement = where.Length == 0
                ? session.Prepare($"SELECT rowid FROM tasks_text WHERE tasks_text MATCH ? {Best}")
                : session.Prepare(string.Intern($"SELECT tasks.n FROM tasks_text CROSS JOIN tasks ON tasks.n = tasks_text.rowid{where} AND tasks_text MATCH ? {Best}"));
            return Bind(statement, filter).Bind(Expression(text)).Bind(filter.First ?? -1).Bind(filter.Skip).All(r => r.Integer(0));
        });
        foreach (var batch in hits.Chunk(SearchBatch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var rows = Read(session => batch.Select(number => session.Prepare(SelectRowByNumber).Bind(number).One(SqliteRows.Task)).ToList());
            foreach (var task in rows.OfType<AgentTask>())
            {
                yield return task;
            }
        }
    }

    /// <summary>Takes new tasks into the index. When there are none, which is mostly so, nobody waits for the gate.</summary>
    private async ValueTask IndexAsync(CancellationToken cancellationToken)
    {
        const string Unindexed = "SELECT 1 FROM tasks WHERE n > (SELECT value FROM counters WHERE name = 'indexed') LIMIT 1";
        while (Read(session => session.Prepare(Unindexed).One(_ => true)))
        {
            await WriteAsync(new IndexTasks(IndexBatch), cancellationToken).ConfigureAwait(false);
        }
    }

    // In double quotes every character is text to FTS5, but a NUL ends the expression: it is no letter, so a space says the same.
    private static string Expression(SearchText text) =>
        string.Join(' ', text.Terms.Select(term => $"\"{term.Text.Replace('\0', ' ')}\"{(term.Prefix ? "*" : "")}"));
}
