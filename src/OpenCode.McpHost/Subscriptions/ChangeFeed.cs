using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using OpenCode.McpHost.Resources;

namespace OpenCode.McpHost.Subscriptions;

/// <summary>
/// Tells followers when a resource has changed, whichever process changed it. One loop for all of a host's clients, and none while nobody follows: it looks when something
/// was committed, and four times a second at what leaves no trace in the registry.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="log">Told when looking fails.</param>
internal sealed class ChangeFeed(Store store, ILogger log) : IAsyncDisposable
{
    // Changes come in groups: a client reads the resource anew after each notification, so more would only cost it.
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    private const int Listed = 100;

    private readonly ConcurrentDictionary<Follower, byte> _followers = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _lock = new();
    private bool _closed;
    private Task _loop = Task.CompletedTask;

    /// <summary>Follows a resource from now on.</summary>
    /// <param name="uri">The resource; null for which resources there are.</param>
    /// <param name="changed">Told of a change. It is told again only once it has ended; what changed meanwhile is told then.</param>
    /// <param name="cancellationToken">Ends the first look.</param>
    /// <returns>Ends the following when it is disposed.</returns>
    /// <exception cref="OpenCodeException">The store cannot be opened or read.</exception>
    public async Task<IDisposable> FollowAsync(TaskUri? uri, Func<CancellationToken, Task> changed, CancellationToken cancellationToken)
    {
        var follower = new Follower(this, (runtime, token) => MarkAsync(runtime, uri, token), changed);
        follower.Mark = await follower.LookAsync(await store.OpenAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        return Follow(follower);
    }

    /// <summary>Follows what has a mark of its own. It is told of at once, and then of each change.</summary>
    /// <param name="look">Gives the mark: another one when there is something to tell.</param>
    /// <param name="changed">As above.</param>
    public IDisposable Follow(Func<CancellationToken, Task<string>> look, Func<CancellationToken, Task> changed) =>
        Follow(new Follower(this, async (_, token) => await look(token).ConfigureAwait(false), changed));

    private Follower Follow(Follower follower)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            _followers[follower] = 0;
            if (_loop.IsCompleted)
            {
                _loop = Task.Run(LoopAsync, CancellationToken.None);
            }
        }

        return follower;
    }

    public async ValueTask DisposeAsync()
    {
        Task loop;
        lock (_lock)
        {
            _closed = true;
            loop = _loop;
        }

        await _closing.CancelAsync().ConfigureAwait(false);
        await loop.ConfigureAwait(false);
        _closing.Dispose();
    }

    private static async ValueTask<string?> MarkAsync(OpenCodeRuntime runtime, TaskUri? uri, CancellationToken cancellationToken) => uri switch
    {
        null => await runtime.Changes.ListMarkAsync(cancellationToken).ConfigureAwait(false),
        { TaskId: null } => await runtime.Changes.PageMarkAsync(Listed, cancellationToken).ConfigureAwait(false),
        _ => await runtime.Changes.MarkAsync(uri.TaskId, uri.Part, uri.Name, cancellationToken).ConfigureAwait(false),
    };

    private async Task LoopAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                if (await LookAsync().ConfigureAwait(false))
                {
                    return;
                }
            }
            catch (OperationCanceledException) when (_closing.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // A store that cannot be read now may be readable later; a client that follows is owed the next look.
                log.LogWarning(e, "Looking for changes failed; it is tried again.");
                await Task.Delay(AfterFailure, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Looks and tells, until nobody follows any more: then true.</summary>
    private async Task<bool> LookAsync()
    {
        var runtime = await store.OpenAsync(_closing.Token).ConfigureAwait(false);
        using var watch = runtime.Changes.Watch();
        while (true)
        {
            foreach (var follower in _followers.Keys)
            {
                if (follower.Telling.IsCompleted && await follower.LookAsync(runtime, _closing.Token).ConfigureAwait(false) is var mark && mark != follower.Mark)
                {
                    follower.Mark = mark;
                    follower.Telling = TellAsync(follower.Changed, follower.Dispose);
                }
            }

            lock (_lock)
            {
                if (_followers.IsEmpty)
                {
                    _loop = Task.CompletedTask;
                    return true;
                }
            }

            await Task.Delay(Rest, _closing.Token).ConfigureAwait(false);
            await watch.ChangedAsync(LookEvery, _closing.Token).ConfigureAwait(false);
        }
    }

    private async Task TellAsync(Func<CancellationToken, Task> changed, Action end)
    {
        try
        {
            await changed(_closing.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // The client is gone, or is going: nobody is there to be told.
            log.LogDebug(e, "A client that follows could not be told of a change.");
            end();
        }
    }

    private sealed class Follower(ChangeFeed feed, Func<OpenCodeRuntime, CancellationToken, ValueTask<string?>> look, Func<CancellationToken, Task> changed) : IDisposable
    {
        public Func<OpenCodeRuntime, CancellationToken, ValueTask<string?>> LookAsync => look;

        public Func<CancellationToken, Task> Changed => changed;

        public string? Mark { get; set; }

        public Task Telling { get; set; } = Task.CompletedTask;

        public void Dispose() => feed._followers.TryRemove(this, out _);
    }
}
