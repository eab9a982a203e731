using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Registry;

namespace OpenCode.Tasks;

/// <summary>
/// Keeps containers ready, so that a new sandbox need not wait for one. For processes that live long; all those of a store keep one number of them together. What a process keeps goes with it: it removes
/// that when it closes, and after its death any other keeper does, or the next sweep.
/// </summary>
public sealed class PoolKeeper : IAsyncDisposable
{
    private const int RemovedAtOnce = 4;

    // A container somebody removed, or that ended with its engine, and an image whose name is another's now, are found by looking.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);

    // A busy store commits all the time, and each commit might be about the pool.
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);

    // Where there is no room for what is wanted, nothing is made again and again.
    private static readonly TimeSpan LongerPause = TimeSpan.FromMilliseconds(500);

    // An engine that hangs holds up nobody's exit; what is left then, another process removes.
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(4);

    private readonly TaskWay _way;
    private readonly TaskSandboxes _sandboxes;
    private readonly PoolMembers _members;
    private readonly OpenCodeConfiguration _configuration;
    private readonly TimeProvider _clock;
    private readonly Func<ProcessIdentity> _process;
    private readonly CancellationTokenSource _closing = new();
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _lock = new();
    private Task? _keeping;
    private volatile string? _problem;
    private bool _closed;

    internal PoolKeeper(TaskWay way, TaskSandboxes sandboxes, OpenCodeConfiguration configuration, TimeProvider clock, Func<ProcessIdentity> process)
    {
        _way = way;
        _sandboxes = sandboxes;
        _members = sandboxes.Pool;
        _configuration = configuration;
        _clock = clock;
        _process = process;
    }

    /// <summary>How the pool of the store stands.</summary>
    public async Task<SandboxPool> StandingAsync(CancellationToken cancellationToken)
    {
        var rows = await _way.Registry.PoolAsync(cancellationToken).ConfigureAwait(false);
        var (hits, misses) = await _way.Registry.PoolCountsAsync(cancellationToken).ConfigureAwait(false);
        return new SandboxPool
        {
            Image = _configuration.DockerImage,
            Target = _configuration.DockerWarmPool,
            Ready = rows.Count(static row => row.State is PoolState.Ready),
            Making = rows.Count(row => row.State is PoolState.Making && row.Process.MayLive(_process())),
            Hits = hits,
            Misses = misses,
            Problem = _problem,
        };
    }

    /// <summary>Keeps the pool filled from now on, until the store is closed. Does nothing when none is configured, or when it is done already.</summary>
    public void Keep()
    {
        lock (_lock)
        {
            if (_members.IsOn && !_closed)
            {
                _keeping ??= Task.Run(KeepAsync);
            }
        }
    }

    /// <summary>Looks once: removes what is of no use any more, and what dead processes kept, and makes what is missing.</summary>
    /// <returns>How many were made.</returns>
    /// <exception cref="OpenCodeException">SandboxUnavailable, SandboxFailed: the engine does not answer, or refuses; NotSupported: containers cannot be handed over here; AccessDenied: the image is not allowed.</exception>
    public async Task<int> FillAsync(CancellationToken cancellationToken)
    {
        if (!_members.IsOn)
        {
            return 0;
        }

        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _sandboxes.Allow(_configuration.DockerImage);
            var imprint = await _members.ImprintAsync(_configuration.DockerImage, cancellationToken).ConfigureAwait(false);
            if (imprint is { Fingerprint: null, Problem: null })
            {
                await _sandboxes.Host.PullAsync(_configuration.DockerImage, null, cancellationToken).ConfigureAwait(false);
                imprint = await _members.ImprintAsync(_configuration.DockerImage, cancellationToken).ConfigureAwait(false);
            }

            if (imprint.Fingerprint is not { } fingerprint)
            {
                throw new OpenCodeException(OpenCodeError.NotSupported, imprint.Problem ?? $"The engine has no image '{_configuration.DockerImage}'.", _configuration.DockerImage);
            }

            await TidyAsync(fingerprint, cancellationToken).ConfigureAwait(false);
            var share = await _sandboxes.ShareAsync(cancellationToken).ConfigureAwait(false);
            var made = 0;
            while (await _members.MakeAsync(fingerprint, share, cancellationToken).ConfigureAwait(false))
            {
                made++;
            }

            return made;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        Task? keeping;
        lock (_lock)
        {
            _closed = true;
            keeping = _keeping;
        }

        await _closing.CancelAsync().ConfigureAwait(false);
        var draining = DrainAsync(keeping);
        await Task.WhenAny(draining, Task.Delay(DrainLimit, _clock)).ConfigureAwait(false);
        if (draining.IsCompleted)
        {
            await draining.ConfigureAwait(false);
            _closing.Dispose();
            _turn.Dispose();
        }
    }

    private async Task KeepAsync()
    {
        var token = _closing.Token;
        try
        {
            using var watch = _way.Registry.Watch();
            while (true)
            {
                var made = 0;
                try
                {
                    made = await FillAsync(token).ConfigureAwait(false);
                    _problem = null;
                }
                catch (OpenCodeException e)
                {
                    _problem = e.Message; // shown to whoever asks how the pool stands, and tried again
                }

                var looked = _clock.GetTimestamp();
                do
                {
                    await Task.Delay(made > 0 ? ShortestPause : LongerPause, _clock, token).ConfigureAwait(false);
                    await watch.ChangedAsync(LookEvery, token).ConfigureAwait(false);
                }
                while (_clock.GetElapsedTime(looked) < LookEvery && (_problem is not null || !await LacksAsync(token).ConfigureAwait(false)));
            }
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            // The store is being closed.
        }
        catch (OpenCodeException e)
        {
            _problem = e.Message; // the registry itself cannot be read: whoever uses it is told
        }
    }

    /// <summary>Whether the registry alone says that something is to be done.</summary>
    private async Task<bool> LacksAsync(CancellationToken cancellationToken)
    {
        var rows = await _way.Registry.PoolAsync(cancellationToken).ConfigureAwait(false);
        return rows.Count(static row => row.HasPlace) < _configuration.DockerWarmPool || rows.Any(row => row.Process != _process() && !row.Process.MayLive(_process()));
    }

    /// <summary>Removes what is of no use: one's own that are not what is wanted now, or do not run, and all of dead processes.</summary>
    private async Task TidyAsync(string fingerprint, CancellationToken cancellationToken)
    {
        await _members.RemoveDiscardedAsync(cancellationToken).ConfigureAwait(false);
        var rows = await _way.Registry.PoolAsync(cancellationToken).ConfigureAwait(false);
        if (rows.Count == 0)
        {
            return;
        }

        // The rows before the engine: one that is ready has a container.
        var running = (await _sandboxes.Host.ObjectsAsync(_way.Registry.StoreId, null, cancellationToken).ConfigureAwait(false))
            .Where(static one => one is { Pool: not null, State: "running" }).Select(static one => one.Pool!).ToHashSet(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            var own = _members.IsOwn(row);
            if (own ? row.State is PoolState.Making || row.Fingerprint != fingerprint || !running.Contains(row.Id) : !row.Process.MayLive(_process()))
            {
                await _members.DiscardAsync(row).ConfigureAwait(false);
            }
        }
    }

    private async Task DrainAsync(Task? keeping)
    {
        try
        {
            if (keeping is not null)
            {
                await keeping.ConfigureAwait(false);
            }

            if (!_members.IsOn)
            {
                return;
            }

            await _turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            var own = (await _way.Registry.PoolAsync(CancellationToken.None).ConfigureAwait(false)).Where(_members.IsOwn);
            await Parallel.ForEachAsync(own, new ParallelOptions { MaxDegreeOfParallelism = RemovedAtOnce }, async (row, _) => await _members.DiscardAsync(row).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (OpenCodeException)
        {
            // An engine that does not answer: the next process on the store removes what is left, as after a death.
        }
    }
}
