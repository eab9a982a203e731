using System.Runtime.CompilerServices;
using System.Text;
using SQLitePCL;

namespace OpenCode.Registry.Sqlite;

/// <summary>A prepared statement on the raw handle, for the hot paths: no reader objects, no boxing, text straight from SQLite's buffer.</summary>
internal sealed class Statement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private nint _pointer; // valid until the handle is disposed of; SQLite refuses 0
    private int _bound;
    private bool _stepped;

    /// <summary>Prepares one statement.</summary>
    public Statement(sqlite3 database, string sql)
    {
        _database = database;
        SqliteErrors.Check(database, raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
        _pointer = _statement.DangerousGetHandle();
    }

    /// <summary>Binds the next parameter.</summary>
    public Statement Bind(long value) => Bound(NativeStatement.Bind(_pointer, ++_bound, value));

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

        Span<byte> buffer = stackalloc byte[(256 * 3) + 1]; // never empty: what has no address is NULL to SQLite
        return BindUtf8(buffer, Encoding.UTF8.GetBytes(value, buffer));
    }

    /// <summary>Binds the next parameter.</summary>
    public unsafe Statement Bind(ReadOnlySpan<byte> value)
    {
        byte nothing = 0; // what has no address is NULL to SQLite
        fixed (byte* bytes = value)
        {
            return Bound(NativeStatement.BindBytes(_pointer, ++_bound, value.IsEmpty ? &nothing : bytes, value.Length, NativeStatement.Copied));
        }
    }

    /// <summary>Binds the next parameter as milliseconds since 1970.</summary>
    public Statement Bind(DateTimeOffset value) => Bind(value.ToUnixTimeMilliseconds());

    /// <summary>Binds the next parameter as milliseconds since 1970.</summary>
    public Statement Bind(DateTimeOffset? value) => Bind(value?.ToUnixTimeMilliseconds());

    /// <summary>Goes to the next row; false when there is none.</summary>
    public bool Step()
    {
        _stepped = true;
        var result = NativeStatement.Step(_pointer);
        GC.KeepAlive(this);
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

    public long Integer(int column)
    {
        var value = NativeStatement.Integer(_pointer, column);
        GC.KeepAlive(this);
        return value;
    }

    public long? IntegerOrNull(int column) => IsNull(column) ? null : Integer(column);

    public bool IsNull(int column)
    {
        var type = NativeStatement.Type(_pointer, column);
        GC.KeepAlive(this);
        return type == raw.SQLITE_NULL;
    }

    public byte[] Bytes(int column)
    {
        var bytes = Span(column).ToArray();
        GC.KeepAlive(this);
        return bytes;
    }

    public string Text(int column)
    {
        var text = Encoding.UTF8.GetString(Span(column));
        GC.KeepAlive(this);
        return text;
    }

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
            _ = NativeStatement.Reset(_pointer);
            GC.KeepAlive(this);
            _stepped = false;
        }

        _bound = 0;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _pointer = 0;
        _statement.Dispose();
    }

    private unsafe ReadOnlySpan<byte> Span(int column)
    {
        var bytes = NativeStatement.Bytes(_pointer, column); // first: it may have to make them
        return new ReadOnlySpan<byte>(bytes, NativeStatement.Length(_pointer, column));
    }

    private Statement BindUtf8(byte[] utf8) => BindUtf8(utf8, utf8.Length);

    private unsafe Statement BindUtf8(ReadOnlySpan<byte> utf8, int length)
    {
        fixed (byte* text = utf8)
        {
            return Bound(length > NativeStatement.ShortText
                ? NativeStatement.BindText(_pointer, ++_bound, text, length, NativeStatement.Copied)
                : NativeStatement.BindShortText(_pointer, ++_bound, text, length, NativeStatement.Copied));
        }
    }

    private Statement BindNull() => Bound(NativeStatement.BindNull(_pointer, ++_bound));

    private Statement Bound(int result)
    {
        SqliteErrors.Check(_database, result);
        return this;
    }
}
