using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace OpenCode.Common;

/// <summary>
/// A lock between processes and between the threads of this one, tied to a file. The system gives it back when the holder
/// dies, whatever it dies of. Waiting threads of one process go in order.
/// </summary>
/// <remarks>
/// On Linux and macOS this is flock(2), which wakes waiters at once; elsewhere the file is opened without sharing, and waiting
/// means trying again after a few milliseconds.
/// </remarks>
/// <param name="path">The lock file; made when it is not there, never removed.</param>
internal sealed class FileLock(string path) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private SafeFileHandle? _file;

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

        try
        {
            if (TryTake())
            {
                return new Holder(Release);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _turn.Release();
            throw new OpenCodeException(OpenCodeError.StoreUnavailable, $"The lock file '{path}' cannot be used: {e.Message}. Check that its folder exists and can be written.", path, e);
        }

        var left = limit - TimeProvider.System.GetElapsedTime(started);
        await WaitForOthersAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, limit, cancellationToken).ConfigureAwait(false);
        return new Holder(Release);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _file?.Dispose();
        _turn.Dispose();
    }

    private bool TryTake()
    {
        if (Native.IsUnix)
        {
            return Native.FileLock(Opened(), Native.LockExclusive | Native.LockWithoutWaiting);
        }

        try
        {
            _file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false; // a sharing violation: another process has it open
        }
    }

    // Only now is it known that another process has it. The wait goes to a thread of its own, because flock cannot be given a
    // limit; a wait that is given up keeps its turn until the system answers, and then hands everything back.
    private async Task WaitForOthersAsync(TimeSpan left, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var abandoned = new CancellationTokenSource();
        var taken = Native.IsUnix
            ? Task.Factory.StartNew(() => { Native.FileLock(Opened(), Native.LockExclusive); }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            : TakePollingAsync(abandoned.Token);
        try
        {
            await taken.WaitAsync(left, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            await abandoned.CancelAsync().ConfigureAwait(false);
            _ = taken.ContinueWith(HandBack, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            if (e is TimeoutException)
            {
                throw TooLong(limit);
            }

            throw;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _turn.Release();
            throw new OpenCodeException(OpenCodeError.StoreUnavailable, $"The lock file '{path}' cannot be used: {e.Message}.", path, e);
        }
    }

    private void HandBack(Task taken)
    {
        if (taken.IsCompletedSuccessfully)
        {
            Release();
        }
        else
        {
            _ = taken.Exception; // seen: the caller was told why already
            _turn.Release();
        }
    }

    private async Task TakePollingAsync(CancellationToken abandoned)
    {
        while (!TryTake())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(2), abandoned).ConfigureAwait(false);
        }
    }

    // Opened once and kept: taking and giving back is then one system call each. Only reached where Native.IsUnix.
    private SafeFileHandle Opened()
    {
        if (_file is null)
        {
            if (!File.Exists(path))
            {
                Create();
            }

            _file = Native.OpenForLock(path);
        }

        return _file;
    }

    private void Create()
    {
        try
        {
            File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite).Dispose();
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was first.
        }
    }

    private void Release()
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

    private OpenCodeException TooLong(TimeSpan limit) => new(
        OpenCodeError.StoreUnavailable,
        string.Create(CultureInfo.InvariantCulture, $"The lock '{path}' was not free within {limit.TotalSeconds:0.###} s: another process holds it. Try again; if it stays so, look for a stopped process that has this file open."),
        path);

    /// <summary>The lock while it is held.</summary>
    internal sealed class Holder(Action release) : IDisposable
    {
        private Action? _release = release;

        /// <summary>Gives the lock back; again does nothing.</summary>
        public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
    }
}
