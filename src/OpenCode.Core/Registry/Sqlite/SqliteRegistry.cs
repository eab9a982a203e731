using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using OpenCode.Common;
using OpenCode.Configuration;

namespace OpenCode.Registry.Sqlite;

/// <summary>The registry in one SQLite file. Readers never wait for writers (with the write-ahead log); writers go through <see cref="SqliteDoor"/>.</summary>
public sealed partial class SqliteRegistry : ITaskRegistry
{
    private const int MostIdleSessions = 8;

    private readonly OpenCodeConfiguration _configuration;
    private readonly TimeProvider _clock;
    private readonly SqliteDoor _door;
    private readonly ConcurrentBag<SqliteSession> _readers = [];
    private readonly ConcurrentBag<SqliteSession> _quick = []; // for reads that do not wait
    private readonly Func<ProcessIdentity> _process;
    private bool _glance;

    private SqliteRegistry(OpenCodeConfiguration configuration, TimeProvider clock, SqliteDoor door, Func<ProcessIdentity> process)
    {
        _process = process;
        _configuration = configuration;
        _clock = clock;
        _door = door;
    }

    /// <inheritdoc />
    public string StoreId { get; private set; } = "";

    /// <inheritdoc />
    public int Schema => SqliteMigrations.Newest;

    /// <summary>The way of its writes.</summary>
    internal SqliteDoor Door => _door;

    /// <summary>Opens the registry; makes the file and brings its schema up to date when needed.</summary>
    /// <param name="configuration">Where it is, and how durable.</param>
    /// <param name="clock">The store's clock.</param>
    /// <param name="probe">Told about every step.</param>
    /// <param name="process">The process writes are made for; asked at every transaction.</param>
    /// <param name="cancellationToken">Ends the wait for another process that migrates.</param>
    /// <exception cref="OpenCodeException">StoreUnavailable: not readable or writable, or of a newer schema; StateCorrupt: not a database.</exception>
    public static async Task<SqliteRegistry> OpenAsync(OpenCodeConfiguration configuration, TimeProvider clock, StepProbe probe, Func<ProcessIdentity> process, CancellationToken cancellationToken)
    {
        var registry = new SqliteRegistry(configuration, clock, new SqliteDoor(configuration, clock, probe, process), process);
        try
        {
            await registry.PrepareAsync(cancellationToken).ConfigureAwait(false);
            return registry;
        }
        catch (SqliteException e)
        {
            await registry.DisposeAsync().ConfigureAwait(false);
            throw SqliteErrors.Translate(e, configuration.DatabaseFile);
        }
        catch
        {
            await registry.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Opens the registry for a quick look: reading only, nothing is made and nothing brought up to date.</summary>
    /// <param name="configuration">Where it is.</param>
    /// <param name="clock">The store's clock.</param>
    /// <returns>Null when there is none, or one of another schema.</returns>
    /// <exception cref="OpenCodeException">StoreUnavailable: not readable; StateCorrupt: not a database.</exception>
    public static SqliteRegistry? Glance(OpenCodeConfiguration configuration, TimeProvider clock)
    {
        if (!File.Exists(configuration.DatabaseFile))
        {
            return null;
        }

        var registry = new SqliteRegistry(configuration, clock, new SqliteDoor(configuration, clock, StepProbe.None, () => ProcessIdentity.Current), () => ProcessIdentity.Current) { _glance = true };
        var usable = false;
        try
        {
            usable = registry.Read(session => SqliteMigrations.IsCurrent(session, configuration.DatabaseFile));
            return usable ? registry : null;
        }
        finally
        {
            if (!usable)
            {
                registry.Close();
            }
        }
    }

    /// <inheritdoc />
    public ValueTask<TResult> WriteAsync<TResult>(RegistryWrite<TResult> write, CancellationToken cancellationToken) => _door.WriteAsync(write, cancellationToken);

    /// <inheritdoc />
    public Task<TResult>? WriteIfFree<TResult>(RegistryWrite<TResult> write) => _door.WriteIfFree(write);

    /// <inheritdoc />
    public ICommitWatch Watch()
    {
        var session = Rent();
        try
        {
            return new SqliteWatch(session, _door, _clock, _configuration.DatabaseFile);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    private void Close()
    {
        while (_readers.TryTake(out var session) || _quick.TryTake(out session))
        {
            session.Dispose();
        }

        _door.Dispose();
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_configuration.DatabaseFile)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpenCodeException(OpenCodeError.StoreUnavailable, $"The folder of the database '{_configuration.DatabaseFile}' cannot be made: {e.Message} Check its permissions, or name another data root.", _configuration.DatabaseFile, e);
        }

        var session = new SqliteSession(_configuration);
        _readers.Add(session);
        if (!SqliteMigrations.IsCurrent(session, _configuration.DatabaseFile))
        {
            using var gate = await _door.CloseAsync(cancellationToken).ConfigureAwait(false);
            SqliteMigrations.Apply(session, _configuration.DatabaseFile, _configuration.EnableWal);
        }

        StoreId = SqliteMigrations.StoreId(session)
            ?? throw new OpenCodeException(OpenCodeError.StateCorrupt, $"The database '{_configuration.DatabaseFile}' is not a registry: it has no store id. Name another file.", _configuration.DatabaseFile);
    }

    /// <summary>Runs a read on a connection of its own.</summary>
    private T Read<T>(Func<SqliteSession, T> read)
    {
        var session = Rent();
        try
        {
            var result = read(session);
            Return(session, _readers);
            return result;
        }
        catch (SqliteException e)
        {
            session.Dispose();
            throw SqliteErrors.Translate(e, _configuration.DatabaseFile);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private SqliteSession Rent()
    {
        try
        {
            return _readers.TryTake(out var idle) ? idle : _glance ? SqliteSession.Glance(_configuration) : new SqliteSession(_configuration);
        }
        catch (SqliteException e)
        {
            throw SqliteErrors.Translate(e, _configuration.DatabaseFile);
        }
    }

    private static void Return(SqliteSession session, ConcurrentBag<SqliteSession> idle)
    {
        if (idle.Count < MostIdleSessions)
        {
            idle.Add(session);
        }
        else
        {
            session.Dispose();
        }
    }
}
