using System.Runtime.CompilerServices;
using System.Text;
using SQLitePCL;

namespace OpenCode.Bench;

/// <summary>A prepared statement with nothing around it: what SQLite can do from .NET.</summary>
internal sealed class RawStatement(sqlite3 database, string sql) : IDisposable
{
    private readonly sqlite3_stmt _statement = Prepare(database, sql);

    public void Integer(int index, long value) => _ = raw.sqlite3_bind_int64(_statement, index, value);

    [SkipLocalsInit]
    public void Text(int index, string value)
    {
        Span<byte> buffer = stackalloc byte[512];
        _ = raw.sqlite3_bind_text(_statement, index, buffer[..Encoding.UTF8.GetBytes(value, buffer)]);
    }

    public bool Step()
    {
        var result = raw.sqlite3_step(_statement);
        return result == raw.SQLITE_ROW || (result == raw.SQLITE_DONE ? false : throw new InvalidOperationException(raw.sqlite3_errmsg(database).utf8_to_string()));
    }

    public void Reset() => _ = raw.sqlite3_reset(_statement);

    public void Run()
    {
        Step();
        Reset();
    }

    public long Integer(int column) => raw.sqlite3_column_int64(_statement, column);

    /// <summary>A text; null comes as an empty one, which saves the question.</summary>
    public string Text(int column) => Encoding.UTF8.GetString(raw.sqlite3_column_blob(_statement, column));

    public void Dispose() => _statement.Dispose();

    private static sqlite3_stmt Prepare(sqlite3 database, string sql)
    {
        if (raw.sqlite3_prepare_v2(database, sql, out var statement) != raw.SQLITE_OK)
        {
            throw new InvalidOperationException(raw.sqlite3_errmsg(database).utf8_to_string());
        }

        return statement;
    }
}
