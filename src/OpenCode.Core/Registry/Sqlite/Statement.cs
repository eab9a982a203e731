using System.Runtime.CompilerServices;
using System.Text;
using SQLitePCL;

namespace OpenCode.Registry.Sqlite;

/// <summary>A prepared statement on the raw handle, for the hot paths: no reader objects, no boxing, text straight from SQLite's buffer.</summary>
internal sealed class Statement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private int _bound;
    private bool _stepped;

    /// <summary>Prepares one statement.</summary>
    public Statement(sqlite3 database, string sql)
    {
        _database = database;
        SqliteErrors.Check(database, raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
    }

    /// <summary>Binds the next parameter.</summary>
    public Statement Bind(long value)
    {
        SqliteErrors.Check(_database, raw.sqlite3_bind_int64(_statement, ++_bound, value));
        return this;
    }

    /// <summary>Binds the next parameter.</summary>
    public Statement Bind(long? value) => value is { } number ? Bind(number) : BindNull();

    /// <summary>Binds the next parameter.</summary>
    [SkipLocalsInit]
    public Statement Bind(string? value)
    {
        if (value is null)
        {
            return BindNull();
        }

        if (value.Length > 256)
        {
            return BindUtf8(Encoding.UTF8.GetBytes(value));
        }

        Span<byte> buffer = stackalloc byte[(256 * 3) + 1];
        return BindUtf8(buffer[..Encoding.UTF8.GetBytes(value, buffer)]);
    }

    /// <summary>Binds the next parameter.</summary>
    public Statement Bind(ReadOnlySpan<byte> value)
    {
        SqliteErrors.Check(_database, raw.sqlite3_bind_blob(_statement, ++_bound, value));
        return this;
    }

    /// <summary>Binds the next parameter as milliseconds since 1970.</summary>
    public Statement Bind(DateTimeOffset value) => Bind(value.ToUnixTimeMilliseconds());

    /// <summary>Binds the next parameter as milliseconds since 1970.</summary>
    public Statement Bind(DateTimeOffset? value) => Bind(value?.ToUnixTimeMilliseconds());

    /// <summary>Goes to the next row; false when there is none.</summary>
    public bool Step()
    {
        _stepped = true;
        var result = raw.sqlite3_step(_statement);
        if (result == raw.SQLITE_ROW)
        {
            return true;
        }

        if (result != raw.SQLITE_DONE)
        {
            throw SqliteErrors.Of(_database, result);
        }

        return false;
    }

    /// <summary>Executes a statement that returns no rows.</summary>
    public void Run()
    {
        Step();
        Reset();
    }

    public long Integer(int column) => raw.sqlite3_column_int64(_statement, column);

    public long? IntegerOrNull(int column) => IsNull(column) ? null : Integer(column);

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    public byte[] Bytes(int column) => raw.sqlite3_column_blob(_statement, column).ToArray();

    public string Text(int column) => Encoding.UTF8.GetString(raw.sqlite3_column_blob(_statement, column));

    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    public DateTimeOffset Time(int column) => DateTimeOffset.FromUnixTimeMilliseconds(Integer(column));

    public DateTimeOffset? TimeOrNull(int column) => IsNull(column) ? null : Time(column);

    /// <summary>The first row, or the default when there is none; lets go of the rest.</summary>
    public T? One<T>(Func<Statement, T> read)
    {
        try
        {
            return Step() ? read(this) : default;
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>Every row.</summary>
    public IReadOnlyList<T> All<T>(Func<Statement, T> read)
    {
        try
        {
            var rows = new List<T>();
            while (Step())
            {
                rows.Add(read(this));
            }

            return rows;
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>Lets go of the rows, and of the read transaction they hold open.</summary>
    public void Reset()
    {
        if (_stepped)
        {
            // The code of a failed step comes back from here; it was thrown there already.
            _ = raw.sqlite3_reset(_statement);
            _stepped = false;
        }

        _bound = 0;
    }

    /// <inheritdoc />
    public void Dispose() => _statement.Dispose();

    private Statement BindUtf8(ReadOnlySpan<byte> utf8)
    {
        // An empty span has no address, and SQLite takes that for NULL.
        SqliteErrors.Check(_database, utf8.IsEmpty ? raw.sqlite3_bind_text(_statement, ++_bound, "") : raw.sqlite3_bind_text(_statement, ++_bound, utf8));
        return this;
    }

    private Statement BindNull()
    {
        SqliteErrors.Check(_database, raw.sqlite3_bind_null(_statement, ++_bound));
        return this;
    }
}
