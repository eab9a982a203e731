using OpenCode.Common;
using OpenCode.Registry;

namespace OpenCode.Tasks;

/// <summary>Watches the leases a command runs under. An agent that waits for its command is alive, so its lease is renewed; when it is taken, or a lock of the flow is lost, the command is to end.</summary>
internal sealed class LeaseWatch : IAsyncDisposable
{
    // A lease that ends by its time is ended by whoever looks.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly TaskWay _way;
    private readonly string _taskId;
    private readonly Lease? _lease;
    private readonly IReadOnlyList<LeaseGuard> _guards;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _going;
    private readonly CancellationTokenSource _over = new();
    private readonly Task _watching;

    /// <param name="way">The way of changes.</param>
    /// <param name="taskId">The task.</param>
    /// <param name="lease">The agent's lease on it; null for the operator.</param>
    /// <param name="guards">The locks of the flow.</param>
    /// <param name="clock">The clock of renewals.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public LeaseWatch(TaskWay way, string taskId, Lease? lease, IReadOnlyList<LeaseGuard> guards, TimeProvider clock, CancellationToken cancellationToken)
    {
        _way = way;
        _taskId = taskId;
        _lease = lease;
        _guards = guards;
        _clock = clock;
        _going = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Going = _going.Token;
        _watching = lease is null && guards.Count == 0 ? Task.CompletedTask : Task.Run(WatchAsync, CancellationToken.None);
    }

    /// <summary>Cancelled when the command is to end: the caller wants it, or a lease is lost.</summary>
    public CancellationToken Going { get; }

    /// <summary>The error when a lease was lost.</summary>
    public OpenCodeException? Lost { get; private set; }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        _over.Dispose();
        _going.Dispose();
    }

    private async Task WatchAsync()
    {
        try
        {
            using var watch = _way.Registry.Watch();
            var renewed = _clock.GetTimestamp();
            while (true)
            {
                if (await MissingAsync().ConfigureAwait(false) is { } missing)
                {
                    Lost = missing;
                    await _going.CancelAsync().ConfigureAwait(false);
                    return;
                }

                if (_lease?.ExpiresAt - _lease?.AcquiredAt is { } duration && _clock.GetElapsedTime(renewed) > duration / 3)
                {
                    renewed = _clock.GetTimestamp();
                    // By name: a fence that moved on because somebody changed the task is the agent's to hear at its next write, and no end of its command.
                    await _way.Registry.WriteAsync(new RenewAgent(_taskId, Actor.Of(_lease!.Owner)), _over.Token).ConfigureAwait(false);
                }

                await watch.ChangedAsync(LookEvery, _over.Token).ConfigureAwait(false);
                await _way.SweepAsync(_over.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The command has ended.
        }
        catch (OpenCodeException e)
        {
            // The lease went between the look and the renewal, or the store cannot be read: what nobody can vouch for does not go on.
            Lost = e.Error is OpenCodeError.AgentNotAttached ? Gone() : e;
            await _going.CancelAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask<OpenCodeException?> MissingAsync()
    {
        // A fence moves on with every change by the operator; an agent that attached again is another flow, and its grant is younger.
        if (_lease is not null && !(await _way.Registry.LeasesAsync(_lease.Resource, _over.Token).ConfigureAwait(false)).Any(now => now.Owner == _lease.Owner && now.AcquiredAt == _lease.AcquiredAt))
        {
            return Gone();
        }

        foreach (var guard in _guards)
        {
            if (!(await _way.Registry.LeasesAsync(guard.Resource, _over.Token).ConfigureAwait(false)).Any(now => now.Fence == guard.Fence))
            {
                return new OpenCodeException(OpenCodeError.LeaseLost, $"The lock '{guard.Resource}' was lost while the command ran; it was ended with everything it started. Take the lock again to go on.", guard.Resource);
            }
        }

        return null;
    }

    private OpenCodeException Gone() => new(
        OpenCodeError.LeaseLost,
        $"Agent '{_lease!.Owner}' lost its lease on task '{_taskId}' while the command ran; it was ended with everything it started. Read the task again, and attach again to go on.",
        _taskId);
}
