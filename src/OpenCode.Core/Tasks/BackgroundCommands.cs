namespace OpenCode.Tasks;

/// <summary>What goes on in this process after its caller was answered. It ends with the process: a stop gives it a moment to come to its end, and then ends it.</summary>
internal sealed class BackgroundCommands(TimeProvider clock) : IAsyncDisposable
{
    /// <summary>The most at a time.</summary>
    public const int Most = 100;

    // A client that has closed its end waits two seconds or more for the host to go.
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    /// <summary>How long ending them may take; what is left then, the next process on the store ends.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Task> _running = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _ending = new();
    private bool _closed;

    /// <summary>Begins something and lets it go on.</summary>
    /// <param name="key">What it is; when it goes on already, it is not begun a second time.</param>
    /// <param name="work">Does it, and tells its failures where somebody will look. Its token is cancelled when the process ends.</param>
    /// <param name="begun">False when it went on already.</param>
    /// <returns>Completes when it is over.</returns>
    /// <exception cref="OpenCodeException">LimitExceeded: too many go on. StoreUnavailable: the store is being closed.</exception>
    public Task Run(string key, Func<CancellationToken, Task> work, out bool begun)
    {
        lock (_lock)
        {
            begun = !_running.TryGetValue(key, out var running);
            if (!begun)
            {
                return running!;
            }

            if (_closed)
            {
                throw new OpenCodeException(OpenCodeError.StoreUnavailable, "The store is being closed, and nothing new is begun. Open it again.");
            }

            if (_running.Count >= Most)
            {
                throw new OpenCodeException(OpenCodeError.LimitExceeded, $"{Most} commands run in the background of this process, the most there can be. Wait for one to end, or cancel one.");
            }

            var task = Task.Run(() => work(_ending.Token), CancellationToken.None);
            _running.Add(key, task);
            _ = task.ContinueWith(_ => Forget(key), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return task;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task all;
        lock (_lock)
        {
            _closed = true;
            all = Task.WhenAll(_running.Values);
        }

        await Task.WhenAny(all, Task.Delay(Moment, clock)).ConfigureAwait(false);
        await _ending.CancelAsync().ConfigureAwait(false);
        await Task.WhenAny(all, Task.Delay(Longest, clock)).ConfigureAwait(false);
        if (all.IsCompleted)
        {
            await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // told where they are looked for
            _ending.Dispose();
        }
    }

    private void Forget(string key)
    {
        lock (_lock)
        {
            _running.Remove(key);
        }
    }
}
