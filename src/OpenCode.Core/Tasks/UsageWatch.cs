using OpenCode.Common;
using OpenCode.Sandboxes;

namespace OpenCode.Tasks;

/// <summary>Looks at what a sandbox uses while commands run in it, and tells of limits that come near: in the task's log, and to whoever watches the commands.</summary>
/// <param name="host">Measures.</param>
/// <param name="memory">Writes the log.</param>
/// <param name="quota">Counts what workspaces take.</param>
/// <param name="clock">The clock.</param>
internal sealed class UsageWatch(Lazy<ISandboxHost> host, TaskMemory memory, WorkspaceQuota quota, TimeProvider clock)
{
    // Most commands are over sooner; watching them would cost more than it tells.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Watched> _watched = new(StringComparer.Ordinal);

    /// <summary>Watches until the result is disposed. Several commands in one container share one watch.</summary>
    /// <exception cref="OpenCodeException">LimitExceeded: the workspace is so far over its quota that nothing is run in it.</exception>
    public async Task<Place> BeginAsync(SandboxContainer container, IRunObserver? observer, CancellationToken cancellationToken)
    {
        var over = quota.IsOn ? await quota.EnterAsync(container.TaskId, cancellationToken).ConfigureAwait(false) : 0;
        lock (_lock)
        {
            if (!_watched.TryGetValue(container.Id, out var watched))
            {
                watched = new Watched(container);
                _watched.Add(container.Id, watched);
                watched.Watching = Task.WhenAll(WatchAsync(watched), quota.IsOn ? WatchWorkspaceAsync(watched, over) : Task.CompletedTask);
            }

            watched.Observers.Add(observer);
            return new Place(this, watched, observer);
        }
    }

    private async Task WatchAsync(Watched watched)
    {
        try
        {
            await Task.Delay(Grace, clock, watched.Stop.Token).ConfigureAwait(false);
            var alerts = new UsageAlerts();
            await foreach (var usage in host.Value.MeasureAsync(watched.Container, watched.Stop.Token).ConfigureAwait(false))
            {
                foreach (var alert in alerts.Take(usage))
                {
                    await TellAsync(watched, alert).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (watched.Stop.IsCancellationRequested)
        {
            // The last command has ended.
        }
        catch (OpenCodeException e)
        {
            // A sandbox that cannot be measured, or a log that cannot be written, ends no command. Whoever watches is told that there will be no other alert.
            Show(watched, new UsageAlert(UsageMeasure.None, true, 0, $"The sandbox is not watched any more: {e.Message}"));
        }
    }

    private async Task WatchWorkspaceAsync(Watched watched, long over)
    {
        try
        {
            watched.Exceeded = await quota.WatchAsync(watched.Container.TaskId, over, alert => TellAsync(watched, alert), watched.Stop.Token).ConfigureAwait(false);
            await watched.Over.CancelAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (watched.Stop.IsCancellationRequested)
        {
            // The last command has ended.
        }
        catch (OpenCodeException e)
        {
            // A log that cannot be written ends no command.
            Show(watched, new UsageAlert(UsageMeasure.None, true, 0, $"The workspace is not watched any more: {e.Message}"));
        }
    }

    private async Task TellAsync(Watched watched, UsageAlert alert)
    {
        Show(watched, alert);
        var data = JsonMap.From(new Dictionary<string, object?> { ["event"] = "usage", ["measure"] = TaskJson.Word(alert.Measure), ["raised"] = alert.Raised, ["percent"] = Math.Round(alert.Percent, 1) });
        await memory.LogAsync(watched.Container.TaskId, alert.Raised ? LogLevel.Warn : LogLevel.Info, alert.Text, data, Actor.Operator, watched.Stop.Token).ConfigureAwait(false);
    }

    private void Show(Watched watched, UsageAlert alert)
    {
        IRunObserver?[] observers;
        lock (_lock)
        {
            observers = [.. watched.Observers];
        }

        foreach (var observer in observers)
        {
            observer?.Alert(alert);
        }
    }

    private async ValueTask EndAsync(Watched watched, IRunObserver? observer)
    {
        lock (_lock)
        {
            watched.Observers.Remove(observer);
            if (watched.Observers.Count > 0)
            {
                return;
            }

            _watched.Remove(watched.Container.Id);
        }

        await watched.Stop.CancelAsync().ConfigureAwait(false);
        await watched.Watching.ConfigureAwait(false);
        watched.Stop.Dispose();
        watched.Over.Dispose();
    }

    internal sealed class Watched(SandboxContainer container)
    {
        public SandboxContainer Container => container;

        public CancellationTokenSource Stop { get; } = new();

        /// <summary>Cancelled when what runs in it is to end, by <see cref="Exceeded"/>.</summary>
        public CancellationTokenSource Over { get; } = new();

        public OpenCodeException? Exceeded { get; set; }

        public List<IRunObserver?> Observers { get; } = [];

        public Task Watching { get; set; } = Task.CompletedTask;
    }

    /// <summary>A command's place in the watch.</summary>
    internal sealed class Place(UsageWatch watch, Watched watched, IRunObserver? observer) : IAsyncDisposable
    {
        /// <summary>Cancelled when the command is to end.</summary>
        public CancellationToken Over { get; } = watched.Over.Token;

        /// <summary>Why.</summary>
        public OpenCodeException? Exceeded => watched.Exceeded;

        public ValueTask DisposeAsync() => watch.EndAsync(watched, observer);
    }
}
