using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace OpenCode.Common;

/// <summary>
/// A lock between processes and between the threads of this one, tied to a file. The system gives it back when the holder
/// dies, whatever it dies of. Waiting threads of one process go in order.
/// </summary>
/// <remarks>
/// On Linux and macOS this is flock(2), which wakes waiters at once and in their order; elsewhere the file is opened without sharing, and waiting
/// means trying again after a few milliseconds.
/// </remarks>
internal sealed class FileLock : IDisposable
{
    private readonly string _path;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly StandbyThreads _threads;
    private SafeFileHandle? _file;
    private TaskCompletionSource? _taken;
    private volatile bool _closed;

    /// <summary>Names the lock; nothing is opened yet.</summary>
    /// <param name="path">The lock file; made when it is not there, never removed.</param>
    public FileLock(string path)
    {
        _path = path;
        _threads = new StandbyThreads("waiting for " + Path.GetFileName(path), TakeForWaiter);
    }

    /// <summary>Takes the lock.</summary>
    /// <param name="limit">The longest wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Dispose it to give the lock back.</returns>
    /// <exception cref="OpenCodeException">StoreUnavailable: not within the limit, or the file cannot be opened.</exception>
    public async ValueTask<Holder> AcquireAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        if (!_turn.Wait(0, CancellationToken.None) && !await _turn.WaitAsync(limit, cancellationToken).ConfigureAwait(false))
        {
            throw TooLong(limit);
        }

        if (TryTakeHavingTurn())
        {
            return new Holder(Leave);
        }

        // Only now is it known that another process has it. The wait goes to a thread of its own, because flock cannot be given a
        // limit; a wait that is given up keeps its turn until the system answers, and then hands everything back.
        var taken = _taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _threads.Ask();
        var left = limit - TimeProvider.System.GetElapsedTime(started);
        try
        {
            await taken.Task.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            _ = taken.Task.ContinueWith(HandBack, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            if (e is TimeoutException)
            {
                throw TooLong(limit);
            }

            throw;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _turn.Release();
            throw Unusable(e);
        }

        return new Holder(Leave);
    }

    /// <summary>Takes the lock when it is free; whoever took it gives it back with <see cref="Leave"/>.</summary>
    /// <exception cref="OpenCodeException">StoreUnavailable: the file cannot be opened.</exception>
    public bool TryEnter()
    {
        if (!_turn.Wait(0, CancellationToken.None))
        {
            return false;
        }

        if (TryTakeHavingTurn())
        {
            return true;
        }

        _turn.Release();
        return false;
    }

    /// <summary>Takes the lock, however long that takes: for a thread that has nothing else to do.</summary>
    /// <exception cref="OpenCodeException">StoreUnavailable: the file cannot be opened.</exception>
    public void Enter()
    {
        _turn.Wait(CancellationToken.None);
        try
        {
            Take();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _turn.Release();
            throw Unusable(e);
        }
        catch
        {
            _turn.Release();
            throw;
        }
    }

    /// <summary>Gives the lock back.</summary>
    public void Leave()
    {
        try
        {
            if (Native.IsUnix)
            {
                Native.FileLock(_file!, Native.Unlock);
            }
            else
            {
                _file?.Dispose();
                _file = null;
            }

            _turn.Release();
        }
        catch (ObjectDisposedException) when (_closed)
        {
            // Closing the file has given the lock back.
        }
    }

    /// <summary>The error of a wait that was given up.</summary>
    public OpenCodeException TooLong(TimeSpan limit) => new(
        OpenCodeError.StoreUnavailable,
        string.Create(CultureInfo.InvariantCulture, $"The lock '{_path}' was not free within {limit.TotalSeconds:0.###} s: another process holds it. Try again; if it stays so, look for a stopped process that has this file open."),
        _path);

    /// <inheritdoc />
    public void Dispose()
    {
        _closed = true;
        _file?.Dispose();
        _turn.Dispose();
    }

    private bool TryTakeHavingTurn()
    {
        try
        {
            return TryTake();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _turn.Release();
            throw Unusable(e);
        }
        catch
        {
            _turn.Release();
            throw;
        }
    }

    private bool TryTake()
    {
        if (Native.IsUnix)
        {
            return Native.FileLock(Opened(), Native.LockExclusive | Native.LockWithoutWaiting);
        }

        try
        {
            _file = File.OpenHandle(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException) when (File.Exists(_path))
        {
            return false; // a sharing violation: another process has it open
        }
    }

    private void Take()
    {
        if (Native.IsUnix)
        {
            Native.FileLock(Opened(), Native.LockExclusive);
            return;
        }

        while (!TryTake())
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            Thread.Sleep(2); // there is no call that waits for another process's open file
        }
    }

    private void TakeForWaiter()
    {
        var taken = _taken!;
        try
        {
            Take();
            taken.SetResult();
        }
        catch (Exception e)
        {
            taken.SetException(e); // whoever waits is told
        }
    }

    private void HandBack(Task taken)
    {
        if (taken.IsCompletedSuccessfully)
        {
            Leave();
        }
        else if (!_closed)
        {
            _ = taken.Exception; // seen: the caller was told why already
            _turn.Release();
        }
    }

    // Opened once and kept: taking and giving back is then one system call each. Only reached where Native.IsUnix.
    private SafeFileHandle Opened()
    {
        if (_file is null)
        {
            if (!File.Exists(_path))
            {
                Create();
            }

            _file = Native.OpenForLock(_path);
        }

        return _file;
    }

    private void Create()
    {
        try
        {
            File.OpenHandle(_path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite).Dispose();
        }
        catch (IOException) when (File.Exists(_path))
        {
            // Another process was first.
        }
    }

    private OpenCodeException Unusable(Exception e) =>
        new(OpenCodeError.StoreUnavailable, $"The lock file '{_path}' cannot be used: {e.Message}. Check that its folder exists and can be written.", _path, e);

    /// <summary>The lock while it is held.</summary>
    internal sealed class Holder(Action release) : IDisposable
    {
        private Action? _release = release;

        /// <summary>Gives the lock back; again does nothing.</summary>
        public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
    }
}
