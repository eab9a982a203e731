using Microsoft.Data.Sqlite;
using OpenCode.Configuration;

namespace OpenCode.Registry.Sqlite;

/// <summary>A connection with its prepared statements. Used by one thread at a time.</summary>
internal sealed class SqliteSession : IDisposable
{
    private readonly Dictionary<string, Statement> _statements = new(ReferenceEqualityComparer.Instance as IEqualityComparer<string>);

    /// <summary>Opens the database file; makes it when it is not there.</summary>
    public SqliteSession(OpenCodeConfiguration configuration)
    {
        // Pooling would hand a connection on with another caller's settings; this class is the pool's unit instead.
        Connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = configuration.DatabaseFile, Pooling = false, DefaultTimeout = 5 }.ConnectionString);
        try
        {
            Connection.Open();
            // The gate keeps our own processes apart; the time-out is for other programs that have the file open.
            var synchronous = configuration.SynchronousFull ? "FULL" : "NORMAL";
            Run($"PRAGMA busy_timeout = 5000; PRAGMA synchronous = {synchronous}; PRAGMA cache_size = {configuration.CacheSize}; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 10000;");
        }
        catch
        {
            Connection.Dispose();
            throw;
        }
    }

    /// <summary>The connection, for whatever is not hot.</summary>
    public SqliteConnection Connection { get; }

    /// <summary>A statement kept for the life of the connection, ready to be bound.</summary>
    /// <param name="sql">A constant: statements are found by reference.</param>
    public Statement Prepare(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            _statements.Add(sql, statement = new Statement(Connection.Handle!, sql));
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

        Connection.Dispose();
    }
}
