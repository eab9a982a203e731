using System.Globalization;
using OpenCode.Common;

namespace OpenCode.Locks;

/// <summary>Resources that are held: renewed in the background until this is disposed, which gives them back. Safe for any number of threads.</summary>
public sealed class HeldLock : IAsyncDisposable
{
    private readonly ILeaseStore _store;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _duration;
    private readonly LeaseGuard[] _guards;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly ITimer _timer;
    private readonly long _ticks;
    private long _since;
    private int _renewing;
    private int _isLost;
    private int _isEnded;
    private Task _renewal = Task.CompletedTask;

    internal HeldLock(ILeaseStore store, TimeProvider clock, IReadOnlyList<Lease> leases, TimeSpan duration, long since)
    {
        _store = store;
        _clock = clock;
        _duration = duration;
        _ticks = (long)(duration.TotalSeconds * clock.TimestampFrequency);
        _since = since;
        Leases = leases;
        Lost = _lost.Token;
        _guards = [.. leases.Select(l => new LeaseGuard(l.Resource, l.Fence))];
        // Three times within the lease: two renewals may fail or come late.
        _timer = clock.CreateTimer(static held => ((HeldLock)held!).Tick(), this, duration / 3, duration / 3);
    }

    /// <summary>The leases, in order of their resources, as they were last told by the store.</summary>
    public IReadOnlyList<Lease> Leases { get; private set; }

    /// <summary>Who holds them.</summary>
    public string Owner => Leases[0].Owner;

    /// <summary>
    /// True as long as the locks are surely held, by this process's monotonic clock counted from before the last renewal was asked for.
    /// No store is asked: what a write needs, its transaction checks (<see cref="Enter"/>).
    /// </summary>
    public bool IsHeld => Volatile.Read(ref _isLost) == 0 && Volatile.Read(ref _isEnded) == 0 && IsWithinTime;

    /// <summary>True as long as the last renewal lasts by that clock: locks that are lost nevertheless were taken away.</summary>
    internal bool IsWithinTime => _clock.GetTimestamp() - Volatile.Read(ref _since) < _ticks;

    /// <summary>Cancelled when the locks are lost: taken away, or not renewed in time.</summary>
    public CancellationToken Lost { get; }

    /// <summary>Throws unless the locks are surely held.</summary>
    /// <exception cref="OpenCodeException">LeaseLost.</exception>
    public void EnsureHeld()
    {
        if (!IsHeld)
        {
            throw LostError(_guards[0]);
        }
    }

    /// <summary>Puts the locks over the calling flow until the result is disposed: every change made in it is checked against them inside its own transaction, and is LeaseLost when one is gone.</summary>
    public IDisposable Enter() => LeaseFlow.Enter(_guards);

    /// <summary>Gives the locks back, and makes sure that they were held until then.</summary>
    /// <exception cref="OpenCodeException">LeaseLost: one of them was lost before, so what was done under it was not done alone.</exception>
    public async ValueTask ReleaseAsync()
    {
        if (await EndAsync().ConfigureAwait(false) is { } released && _guards.FirstOrDefault(g => !released.Any(l => l.Resource == g.Resource && l.Fence == g.Fence)) is { Resource: not null } gone)
        {
            throw LostError(gone);
        }
    }

    /// <summary>Gives the locks back, if they are still held. Again does nothing.</summary>
    public async ValueTask DisposeAsync() => await EndAsync().ConfigureAwait(false);

    /// <returns>What was released; null when that was done before.</returns>
    private async ValueTask<IReadOnlyList<Lease>?> EndAsync()
    {
        if (Interlocked.Exchange(ref _isEnded, 1) != 0)
        {
            return null;
        }

        await _timer.DisposeAsync().ConfigureAwait(false);
        await _ended.CancelAsync().ConfigureAwait(false);
        try
        {
            await _renewal.ConfigureAwait(false);
        }
        catch
        {
            await GiveBackAsync().ConfigureAwait(false);
            throw;
        }

        return await GiveBackAsync().ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<Lease>> GiveBackAsync()
    {
        try
        {
            return await _store.ReleaseAsync(Owner, [.. _guards.Select(g => (g.Resource, (long?)g.Fence))], CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _lost.Dispose();
            _ended.Dispose();
        }
    }

    private static OpenCodeException LostError(LeaseGuard guard) => new(
        OpenCodeError.LeaseLost,
        string.Create(CultureInfo.InvariantCulture, $"The lock '{guard.Resource}' with fence {guard.Fence} is not held any more. Stop what is done under it, and take the lock again to go on."),
        guard.Resource);

    private void Tick()
    {
        if (Volatile.Read(ref _isEnded) != 0)
        {
            return;
        }

        // Also while a renewal hangs, and when this process was stopped for so long: what is not surely held counts as lost, whatever a renewal may still bring.
        var over = _clock.GetTimestamp() - Volatile.Read(ref _since) >= _ticks;
        if (over)
        {
            Lose();
        }
        else if (Volatile.Read(ref _isLost) == 0 && Interlocked.CompareExchange(ref _renewing, 1, 0) == 0)
        {
            _renewal = RenewAsync();
        }
    }

    private void Lose()
    {
        if (Interlocked.Exchange(ref _isLost, 1) == 0)
        {
            _ = _lost.CancelAsync(); // those who are told run on threads of their own; what they throw is theirs
        }
    }

    private async Task RenewAsync()
    {
        try
        {
            var asked = _clock.GetTimestamp();
            Leases = await _store.RenewAsync(Owner, _guards, _duration, _ended.Token).ConfigureAwait(false);
            Volatile.Write(ref _since, asked);
        }
        catch (OperationCanceledException)
        {
            // Given back meanwhile.
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.LeaseLost)
        {
            Lose();
        }
        catch (OpenCodeException)
        {
            // The store could not be written now. The next tick tries again, or finds that it is too late.
        }
        finally
        {
            Volatile.Write(ref _renewing, 0);
        }
    }
}
