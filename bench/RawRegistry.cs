using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using OpenCode.Registry;
using OpenCode.Registry.Sqlite;

namespace OpenCode.Bench;

/// <summary>The table of tasks on one prepared connection, with the product's own columns and settings and without its rules.</summary>
internal sealed partial class RawRegistry : IDisposable
{
    /// <summary>Every column of a task, as both sides read them.</summary>
    public const string Columns = SqliteRows.RowColumns;

    private readonly SqliteConnection _connection;
    private readonly RawStatement _begin;
    private readonly RawStatement _commit;
    private readonly RawStatement _insert;
    private readonly RawStatement? _journal;

    /// <summary>Makes a database; the product's secondary indices and its journal only when asked for.</summary>
    public RawRegistry(string folder, bool indices, bool journal)
    {
        _connection = new SqliteConnection($"Data Source={Path.Combine(folder, "raw.db")};Pooling=False");
        _connection.Open();
        var script = Script();
        Run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = 10000; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 10000");
        Run(string.Join('\n', TasksTable().Matches(script).Select(m => m.Value)));
        if (indices)
        {
            Run(string.Join('\n', TasksIndex().Matches(script).Select(m => m.Value)));
        }

        if (journal)
        {
            Run(JournalTable().Match(script).Value);
            _journal = Prepare($"INSERT INTO journal (task_n, {SqliteRows.EntryColumns}) VALUES (?, 1, 1, 0, 0, ?, 1, ?, ?, NULL)");
        }

        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _insert = Prepare($"INSERT INTO tasks ({SqliteRows.TaskColumns}, last_seq, projected_seq, changed_by) VALUES (?, ?, ?, ?, ?, ?, NULL, ?, ?, NULL, NULL, ?, ?, NULL, ?, ?, NULL, NULL, NULL, 0, 1, 0, ?)");
    }

    public RawStatement Prepare(string sql) => new(_connection.Handle!, sql);

    /// <summary>Inserts rows, a transaction for every batch.</summary>
    public void Insert(IReadOnlyList<NewTaskRow> rows)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        for (var from = 0; from < rows.Count; from += Samples.Batch)
        {
            _begin.Run();
            for (var i = from; i < Math.Min(rows.Count, from + Samples.Batch); i++)
            {
                Insert(rows[i], now);
            }

            _commit.Run();
        }
    }

    public void Run(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        _begin.Dispose();
        _commit.Dispose();
        _insert.Dispose();
        _journal?.Dispose();
        _connection.Dispose();
    }

    private void Insert(NewTaskRow row, long now)
    {
        _insert.Text(1, row.Id);
        _insert.Text(2, row.Name);
        _insert.Text(3, row.Description!);
        _insert.Integer(4, 0);
        _insert.Integer(5, (long)row.Mode);
        _insert.Text(6, row.Owner);
        _insert.Integer(7, row.Priority);
        _insert.Text(8, row.Metadata.ToString());
        _insert.Integer(9, 1);
        _insert.Integer(10, 1);
        _insert.Integer(11, now);
        _insert.Integer(12, now);
        _insert.Text(13, "the operator (pid 12345 on a-machine)");
        _insert.Run();
        if (_journal is not null)
        {
            _journal.Integer(1, SQLitePCL.raw.sqlite3_last_insert_rowid(_connection.Handle!));
            _journal.Integer(2, now);
            _journal.Text(3, "Task created: " + row.Name);
            _journal.Text(4, """{"event":"created","owner":"owner-12"}""");
            _journal.Run();
        }
    }

    private static string Script()
    {
        var assembly = typeof(SqliteRegistry).Assembly;
        return string.Join('\n', assembly.GetManifestResourceNames().Where(n => n.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(Read));

        string Read(string name)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return reader.ReadToEnd();
        }
    }

    [GeneratedRegex(@"^CREATE TABLE tasks \(.*?^\);|^ALTER TABLE tasks .*?;", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex TasksTable();

    [GeneratedRegex(@"^CREATE TABLE journal \(.*?^\) WITHOUT ROWID;", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex JournalTable();

    [GeneratedRegex(@"^CREATE INDEX tasks_.*?;", RegexOptions.Multiline)]
    private static partial Regex TasksIndex();
}
