using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Registry.Sqlite.Leading;

namespace OpenCode.Registry.Sqlite;

/// <summary>
/// The one door for writes. Processes take turns at a lock file before SQLite's own lock, because SQLite's waiting is a lottery
/// that starves (BEGIN IMMEDIATE under busy_timeout: the slowest of 20 processes got a sixth of the fastest). Writes of this
/// process that arrive while one is under way go together into the next transaction.
/// </summary>
/// <remarks>
/// A write that finds the door free is executed on its caller's thread. Otherwise a thread of the door's own waits for the lock file, executes
/// what has gathered as soon as it has it, and goes on with the flow it executed for: from the moment the lock is had until it is given back, no other
/// thread has to be woken.
/// </remarks>
internal sealed partial class SqliteDoor : IDisposable, IDoorOfLeader
{
    private const int MostInOneTransaction = 64;

    private readonly ConcurrentQueue<PendingWrite> _queue = new();
    private readonly ConcurrentQueue<PendingWrite> _returned = new(); // before those of the queue, and made here
    private readonly OpenCodeConfiguration _configuration;
    private readonly Gate _gate;
    private readonly TimeProvider _clock;
    private readonly StepProbe _probe;
    private readonly Func<ProcessIdentity> _process;
    private readonly StandbyThreads _threads;
    private readonly Timer _limit;
    private readonly Lock _execution = new();
    private SqliteSession? _session;
    private TaskCompletionSource? _nextCommit;
    private int _led; // 1 while somebody executes what is queued, or waits to
    private int _limited; // 1 while the timer is to go off
    private volatile bool _closed;

    public SqliteDoor(OpenCodeConfiguration configuration, TimeProvider clock, StepProbe probe, Func<ProcessIdentity> process)
    {
        _configuration = configuration;
        _clock = clock;
        _probe = probe;
        _process = process;
        _gate = new Gate(configuration.DatabaseFile + ".gate", TimeProvider.System);
        _threads = new StandbyThreads("writing to " + Path.GetFileName(configuration.DatabaseFile), ExecuteWhenFree);
        _files = new LeaderFiles(configuration.DatabaseFile);
        _goingOn = new StandbyThreads("going on after writing for others", GoOn);
        (_follower, _seat) = Company();
        _limit = new Timer(static door => ((SqliteDoor)door!).RefuseLate(), this, Timeout.Infinite, Timeout.Infinite);
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

    /// <summary>Executes a write, perhaps in one transaction with others of this process and of those that follow it, or has it executed by the process this one follows. Cancelling takes it back as long as it has not begun.</summary>
    public async ValueTask<TResult> WriteAsync<TResult>(RegistryWrite<TResult> write, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_closed, this);
        var pending = Pending(write);
        WroteAt = Environment.TickCount64;
        _queue.Enqueue(pending);
        if (Volatile.Read(ref _leader) is not { } leader || !leader.TryWake())
        {
            if (Interlocked.CompareExchange(ref _led, 1, 0) == 0)
            {
                ExecuteIfFree(pending);
            }
        }

        return await OutcomeAsync<TResult>(pending, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Executes a write when that is possible at this moment, without waiting for anybody; otherwise nothing is done, and the answer is null.</summary>
    public Task<TResult>? WriteIfFree<TResult>(RegistryWrite<TResult> write)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (Interlocked.CompareExchange(ref _led, 1, 0) != 0)
        {
            return null;
        }

        var entered = false;
        try
        {
            entered = _gate.TryEnter();
        }
        finally
        {
            if (!entered)
            {
                HandOn();
            }
        }

        if (!entered)
        {
            return null;
        }

        var pending = Pending(write);
        _queue.Enqueue(pending);
        ExecuteEntered(pending);
        return OutcomeAsync<TResult>(pending, CancellationToken.None);
    }

    private static OwnWrite Pending<TResult>(RegistryWrite<TResult> write)
    {
        var guards = LeaseFlow.Current;
        return new OwnWrite(write, guards, rules => rules.Execute(write, guards)!);
    }

    private async Task<TResult> OutcomeAsync<TResult>(OwnWrite pending, CancellationToken cancellationToken)
    {
        if (pending.Done.Task.IsCompleted)
        {
            return (TResult)await pending.Done.Task.ConfigureAwait(false);
        }

        Limit(_configuration.BusyTimeout);
        using var withdrawal = cancellationToken.Register(static state => ((OwnWrite)state!).Withdraw(), pending);
        return (TResult)await pending.Done.Task.ConfigureAwait(false);
    }

    /// <summary>Waits for the transaction that is under way; what is still queued is refused.</summary>
    public void Dispose()
    {
        _closed = true;
        PartCompany();
        lock (_execution)
        {
            _session?.Dispose();
            _session = null;
        }

        Refuse(TimeSpan.Zero, new ObjectDisposedException(nameof(SqliteDoor)));
        _limit.Dispose();
        _gate.Dispose();
    }

    // What follows is executed by whoever leads, and never throws: every outcome goes to the write it belongs to.

    /// <summary>On the caller's thread: one transaction when nobody has the gate, or the leader's while many write. Otherwise it is left to a thread of the door's own.</summary>
    private void ExecuteIfFree(OwnWrite own)
    {
        try
        {
            if (_follower is { IsPreferred: true } && ExecuteAsked(own))
            {
                return;
            }

            if (!_gate.TryEnter())
            {
                _threads.Ask();
                return;
            }
        }
        catch (Exception e)
        {
            Refuse(TimeSpan.Zero, e);
            HandOn();
            return;
        }

        ExecuteEntered(own);
    }

    /// <summary>On the caller's thread, which has the gate: one transaction.</summary>
    private void ExecuteEntered(OwnWrite own)
    {
        var batch = new List<PendingWrite>();
        try
        {
            ExecuteBatch(batch);
        }
        catch (Exception e)
        {
            Refuse(TimeSpan.Zero, e);
        }

        HandOn();
        foreach (var pending in batch)
        {
            pending.Complete(here: pending == own); // nobody goes on from it yet; the flows of others are not for this thread
        }
    }

    /// <summary>
    /// On a thread of the door's: one transaction, the leader's or our own, however long the gate is somebody else's. That no write waits longer than its limit is
    /// the timer's business.
    /// </summary>
    private void ExecuteWhenFree()
    {
        try
        {
            if (_follower is { IsPreferred: true } || !_gate.TryEnter())
            {
                if (ExecuteAsked(null))
                {
                    return;
                }

                var began = TimeProvider.System.GetTimestamp();
                _gate.Enter();
                Waited(TimeProvider.System.GetElapsedTime(began));
            }
        }
        catch (Exception e)
        {
            Refuse(TimeSpan.Zero, e);
            HandOn();
            return;
        }

        ExecuteEntered(here: true);
    }

    /// <summary>Having the gate: one transaction.</summary>
    /// <param name="here">True when a flow may go on on this thread.</param>
    private void ExecuteEntered(bool here)
    {
        var batch = new List<PendingWrite>();
        try
        {
            ExecuteBatch(batch);
        }
        catch (Exception e)
        {
            Refuse(TimeSpan.Zero, e);
        }

        HandOn();
        foreach (var pending in batch)
        {
            pending.Complete(here && batch.Count == 1); // several flows go on beside each other
        }
    }

    // Whoever stops leading looks again: a write may have been queued after its last look.
    private void HandOn()
    {
        Interlocked.Exchange(ref _led, 0); // a full fence: the look must not come before it
        if ((!_queue.IsEmpty || !_returned.IsEmpty) && Interlocked.CompareExchange(ref _led, 1, 0) == 0)
        {
            _threads.Ask();
        }
    }

    /// <summary>Executes what is queued, having the gate, and gives the gate back. Who is told, and where they go on, is for the caller, so that nobody goes on while others wait for the gate.</summary>
    private void ExecuteBatch(List<PendingWrite> batch)
    {
        try
        {
            TakeBatch(batch);
            if (batch.Count > 0)
            {
                lock (_execution)
                {
                    ObjectDisposedException.ThrowIf(_closed, this);
                    ExecuteHoldingGate(batch);
                }
            }
        }
        catch (Exception e)
        {
            var told = e is SqliteException sqlite ? SqliteErrors.Translate(sqlite, _configuration.DatabaseFile) : e;
            batch.ForEach(pending => pending.Error = told);
        }
        finally
        {
            _gate.Leave();
        }

        Interlocked.Exchange(ref _nextCommit, null)?.SetResult();
    }

    /// <summary>Sees to it that somebody looks after that time, and from then on as long as writes are queued.</summary>
    private void Limit(TimeSpan due)
    {
        if (Interlocked.CompareExchange(ref _limited, 1, 0) == 0)
        {
            Schedule(due);
        }
    }

    private void Schedule(TimeSpan due)
    {
        try
        {
            _limit.Change(due, Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException) when (_closed)
        {
            // What was queued is refused already.
        }
    }

    /// <summary>Refuses writes that have waited too long, and comes again when the next may have.</summary>
    private void RefuseLate()
    {
        var limit = _configuration.BusyTimeout;
        if (Refuse(limit, _gate.TooLong(limit)) is { } oldest)
        {
            Schedule(limit > oldest ? limit - oldest + TimeSpan.FromMilliseconds(1) : TimeSpan.FromMilliseconds(1));
            return;
        }

        Volatile.Write(ref _limited, 0);
        if (!_queue.IsEmpty || !_returned.IsEmpty)
        {
            Limit(limit);
        }
    }

    /// <summary>Refuses what is queued for at least so long.</summary>
    /// <returns>How long the oldest of the others has waited, or null when there is none.</returns>
    private TimeSpan? Refuse(TimeSpan since, Exception error)
    {
        TimeSpan? oldest = null;
        foreach (var pending in _returned.Concat(_queue))
        {
            var waited = pending.Waited;
            if (waited < since)
            {
                oldest = oldest is null || waited > oldest ? waited : oldest;
            }
            else if (pending.Begin())
            {
                pending.Error = error;
                pending.Complete(here: false);
            }
        }

        return oldest;
    }
}
