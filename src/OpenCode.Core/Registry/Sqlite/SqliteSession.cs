using Microsoft.Data.Sqlite;
using OpenCode.Configuration;
using SQLitePCL;

namespace OpenCode.Registry.Sqlite;

/// <summary>A connection with its prepared statements. Used by one thread at a time.</summary>
internal sealed class SqliteSession : IDisposable
{
    private readonly Dictionary<string, Statement> _statements = new(ReferenceEqualityComparer.Instance as IEqualityComparer<string>);

    private readonly SqliteConnection? _connection;

    /// <summary>Opens the database file; makes it when it is not there.</summary>
    public SqliteSession(OpenCodeConfiguration configuration)
    {
        // Pooling would hand a connection on with another caller's settings; this class is the pool's unit instead.
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = configuration.DatabaseFile, Pooling = false, DefaultTimeout = 5 }.ConnectionString);
        try
        {
            _connection.Open();
            Handle = _connection.Handle!;
            Run(Settings(configuration));
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    private SqliteSession(sqlite3 handle) => Handle = handle;

    /// <summary>The database, for the raw interface.</summary>
    public sqlite3 Handle { get; }

    /// <summary>The connection, for whatever is not hot. A glance has none.</summary>
    public SqliteConnection Connection => _connection ?? throw new InvalidOperationException("A session that was opened for a glance prepares statements only.");

    /// <summary>Opens the database file for the hot path of writes, by the raw interface.</summary>
    public static SqliteSession Writing(OpenCodeConfiguration configuration)
    {
        var session = OpenRaw(configuration, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE);
        try
        {
            SqliteErrors.Check(session.Handle, raw.sqlite3_exec(session.Handle, Settings(configuration)));
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Opens the database file for a quick look: one that is not there is not made, nothing is written, and what is locked is not waited for.</summary>
    /// <remarks>By the raw interface: in a new process, compiling ADO.NET's way to the same call takes longer than everything that follows.</remarks>
    public static SqliteSession Glance(OpenCodeConfiguration configuration) => OpenReading(configuration, busyMilliseconds: 50);

    /// <summary>Opens the database file for reads that wait for nobody: what is locked fails at once, and nothing is written.</summary>
    public static SqliteSession Quick(OpenCodeConfiguration configuration) => OpenReading(configuration, busyMilliseconds: 0);

    private static SqliteSession OpenReading(OpenCodeConfiguration configuration, int busyMilliseconds)
    {
        var session = OpenRaw(configuration, raw.SQLITE_OPEN_READONLY);
        try
        {
            SqliteErrors.Check(session.Handle, raw.sqlite3_busy_timeout(session.Handle, busyMilliseconds));
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private static SqliteSession OpenRaw(OpenCodeConfiguration configuration, int how)
    {
        Batteries_V2.Init();
        // A session is one thread's at a time, so SQLite has no lock to take for each value that is bound or read.
        var result = raw.sqlite3_open_v2(configuration.DatabaseFile, out var handle, how | raw.SQLITE_OPEN_NOMUTEX, null);
        try
        {
            SqliteErrors.Check(handle, result);
            return new SqliteSession(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    // The gate keeps our own processes apart; the time-out is for other programs that have the file open.
    private static string Settings(OpenCodeConfiguration configuration) =>
        $"PRAGMA busy_timeout = 5000; PRAGMA synchronous = {(configuration.SynchronousFull ? "FULL" : "NORMAL")}; PRAGMA cache_size = {configuration.CacheSize}; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 10000;";

    /// <summary>A statement kept for the life of the connection, ready to be bound.</summary>
    /// <param name="sql">Best a constant: statements are found by reference, and a text that was put together has to be looked up first.</param>
    public Statement Prepare(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement) && !_statements.TryGetValue(sql = string.Intern(sql), out statement))
        {
            _statements.Add(sql, statement = new Statement(Handle, sql));
        }

        statement.Reset();
        return statement;
    }

    /// <summary>Runs a script that returns nothing.</summary>
    public void Run(string sql)
    {
        using var command = Connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>The first column of the first row.</summary>
    public object? Scalar(string sql)
    {
        using var command = Connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }

        if (_connection is not null)
        {
            _connection.Dispose();
        }
        else
        {
            Handle.Dispose();
        }
    }
}
