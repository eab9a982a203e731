using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using OpenCode.Common;
using OpenCode.Configuration;

namespace OpenCode.Registry.Sqlite;

/// <summary>
/// The one door for writes. Processes take turns at a lock file before SQLite's own lock, because SQLite's waiting is a lottery
/// that starves (BEGIN IMMEDIATE under busy_timeout: the slowest of 20 processes got a sixth of the fastest). Writes of this
/// process that arrive while one is under way go together into the next transaction.
/// </summary>
internal sealed class SqliteDoor : IDisposable
{
    private const int MostInOneTransaction = 64;

    private readonly ConcurrentQueue<Pending> _queue = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly OpenCodeConfiguration _configuration;
    private readonly FileLock _gate;
    private readonly TimeProvider _clock;
    private readonly StepProbe _probe;
    private readonly Func<ProcessIdentity> _process;
    private SqliteSession? _session;
    private TaskCompletionSource? _nextCommit;

    public SqliteDoor(OpenCodeConfiguration configuration, TimeProvider clock, StepProbe probe, Func<ProcessIdentity> process)
    {
        _configuration = configuration;
        _clock = clock;
        _probe = probe;
        _process = process;
        _gate = new FileLock(configuration.DatabaseFile + ".gate");
    }

    /// <summary>Completes with the next commit of this process. A commit that was seen by a read before this was asked for does not count.</summary>
    public Task NextCommit
    {
        get
        {
            var waited = Volatile.Read(ref _nextCommit);
            if (waited is null)
            {
                var made = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                waited = Interlocked.CompareExchange(ref _nextCommit, made, null) ?? made;
            }

            return waited.Task;
        }
    }

    /// <summary>Holds every writer of the store off, in this process and others.</summary>
    public ValueTask<FileLock.Holder> CloseAsync(CancellationToken cancellationToken) => _gate.AcquireAsync(_configuration.BusyTimeout, cancellationToken);

    /// <summary>Executes a write, perhaps in one transaction with others of this process. Cancelling takes it back as long as it has not begun.</summary>
    public async ValueTask<TResult> WriteAsync<TResult>(RegistryWrite<TResult> write, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var pending = new Pending(rules => rules.Execute(write)!);
        _queue.Enqueue(pending);
        _ = DrainAsync();
        if (pending.Done.Task.IsCompleted)
        {
            return (TResult)await pending.Done.Task.ConfigureAwait(false);
        }

        using var withdrawal = cancellationToken.Register(static state => ((Pending)state!).Withdraw(), pending);
        return (TResult)await pending.Done.Task.ConfigureAwait(false);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _session?.Dispose();
        _gate.Dispose();
        _turn.Dispose();
    }

    /// <summary>Executes what is queued until the queue is empty. Never throws: every outcome goes to the write it belongs to.</summary>
    private async Task DrainAsync()
    {
        // Whoever gives the turn back looks again: a write may have been queued after the last look.
        while (!_queue.IsEmpty && _turn.Wait(0, CancellationToken.None))
        {
            var batch = new List<Pending>();
            try
            {
                using var gate = await _gate.AcquireAsync(_configuration.BusyTimeout, CancellationToken.None).ConfigureAwait(false);
                TakeBatch(batch);
                if (batch.Count > 0)
                {
                    ExecuteHoldingGate(batch);
                }
            }
            catch (Exception e)
            {
                if (batch.Count == 0)
                {
                    TakeBatch(batch); // the gate did not open: tell everyone who waited for it
                }

                var told = e is SqliteException sqlite ? SqliteErrors.Translate(sqlite, _configuration.DatabaseFile) : e;
                batch.ForEach(pending => pending.Error = told);
            }
            finally
            {
                _turn.Release();
            }

            Interlocked.Exchange(ref _nextCommit, null)?.SetResult();
            // Told only after the gate is free, so that nobody's continuation runs while others wait for it.
            batch.ForEach(pending => pending.Complete());
        }
    }

    private void TakeBatch(List<Pending> batch)
    {
        while (batch.Count < MostInOneTransaction && _queue.TryDequeue(out var pending))
        {
            if (pending.Begin())
            {
                batch.Add(pending);
            }
        }
    }

    private void ExecuteHoldingGate(List<Pending> batch)
    {
        var session = _session ??= new SqliteSession(_configuration);
        session.Prepare("BEGIN IMMEDIATE").Run();
        var open = true;
        try
        {
            _probe.At(Step.TransactionBegun);
            // Milliseconds, as they are kept: an answer equals what is read later.
            var now = DateTimeOffset.FromUnixTimeMilliseconds(_clock.GetUtcNow().ToUnixTimeMilliseconds());
            var rules = new RegistryRules(new SqliteTransaction(session, now), _process());
            foreach (var pending in batch)
            {
                if (batch.Count == 1)
                {
                    pending.Result = pending.Execute(rules);
                }
                else
                {
                    ExecuteInSavepoint(session, pending, rules);
                }
            }

            _probe.At(Step.BeforeCommit);
            session.Prepare("COMMIT").Run();
            open = false;
            _probe.At(Step.AfterCommit);
        }
        finally
        {
            if (open)
            {
                Rollback(session);
            }
        }
    }

    private static void ExecuteInSavepoint(SqliteSession session, Pending pending, RegistryRules rules)
    {
        session.Prepare("SAVEPOINT one").Run();
        try
        {
            pending.Result = pending.Execute(rules);
        }
        catch (Exception e) when (e is not SqliteException)
        {
            // This one is refused, or a mistake of ours; the others of the transaction are not its business.
            pending.Error = e;
            session.Prepare("ROLLBACK TO one").Run();
        }

        session.Prepare("RELEASE one").Run();
    }

    private void Rollback(SqliteSession session)
    {
        try
        {
            // SQLite has rolled back by itself after a full disk or an I/O error.
            if (SQLitePCL.raw.sqlite3_get_autocommit(session.Handle) == 0)
            {
                session.Prepare("ROLLBACK").Run();
            }
        }
        catch (SqliteException)
        {
            // The connection is in no state to go on with; the next write opens another. The first error is the one that is told.
            session.Dispose();
            _session = null;
        }
    }

    private sealed class Pending(Func<RegistryRules, object> execute)
    {
        private int _state; // 0 queued, 1 begun, 2 withdrawn

        public TaskCompletionSource<object> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public object? Result { get; set; }

        public Exception? Error { get; set; }

        public object Execute(RegistryRules rules) => execute(rules);

        public bool Begin() => Interlocked.CompareExchange(ref _state, 1, 0) == 0;

        public void Withdraw()
        {
            if (Interlocked.CompareExchange(ref _state, 2, 0) == 0)
            {
                Done.SetCanceled();
            }
        }

        public void Complete()
        {
            if (Error is not null)
            {
                Done.SetException(Error);
            }
            else
            {
                Done.SetResult(Result!);
            }
        }
    }
}
