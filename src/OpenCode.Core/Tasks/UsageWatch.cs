using OpenCode.Common;
using OpenCode.Sandboxes;

namespace OpenCode.Tasks;

/// <summary>Looks at what a sandbox uses while commands run in it, and tells of limits that come near: in the task's log, and to whoever watches the commands.</summary>
/// <param name="host">Measures.</param>
/// <param name="memory">Writes the log.</param>
/// <param name="clock">The clock.</param>
internal sealed class UsageWatch(Lazy<ISandboxHost> host, TaskMemory memory, TimeProvider clock)
{
    // Most commands are over sooner; watching them would cost more than it tells.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Watched> _watched = new(StringComparer.Ordinal);

    /// <summary>Watches until the result is disposed. Several commands in one container share one watch.</summary>
    public IAsyncDisposable Begin(SandboxContainer container, IRunObserver? observer)
    {
        lock (_lock)
        {
            if (!_watched.TryGetValue(container.Id, out var watched))
            {
                watched = new Watched(container);
                _watched.Add(container.Id, watched);
                watched.Watching = WatchAsync(watched);
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
    }

    private sealed class Watched(SandboxContainer container)
    {
        public SandboxContainer Container => container;

        public CancellationTokenSource Stop { get; } = new();

        public List<IRunObserver?> Observers { get; } = [];

        public Task Watching { get; set; } = Task.CompletedTask;
    }

    private sealed class Place(UsageWatch watch, Watched watched, IRunObserver? observer) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => watch.EndAsync(watched, observer);
    }
}
