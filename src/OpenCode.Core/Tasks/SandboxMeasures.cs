using System.Runtime.CompilerServices;
using System.Threading.Channels;
using OpenCode.Sandboxes;

namespace OpenCode.Tasks;

/// <summary>What sandboxes use.</summary>
/// <remarks>Every failure is an <see cref="OpenCodeException"/>: SandboxUnavailable when no engine answers.</remarks>
public sealed class SandboxMeasures
{
    private readonly TaskWay _way;
    private readonly TaskSandboxes _sandboxes;

    internal SandboxMeasures(TaskWay way, TaskSandboxes sandboxes)
    {
        _way = way;
        _sandboxes = sandboxes;
    }

    /// <summary>Measures running sandboxes.</summary>
    /// <param name="tasks">Whose; null for every one of the store that runs now.</param>
    /// <param name="continuous">True to go on, a sample of each about once a second, until all have stopped; otherwise one sample of each, which takes a second.</param>
    /// <param name="failed">Told of a task that was named and cannot be measured: SandboxFailed, it has no running sandbox; TaskNotFound. The others are measured.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<SandboxUsage> MeasureAsync(IReadOnlyList<string>? tasks, bool continuous, Action<OpenCodeException> failed, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(failed);
        var containers = tasks is null ? await RunningAsync(cancellationToken).ConfigureAwait(false) : await FindAsync(tasks, failed, cancellationToken).ConfigureAwait(false);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // One sample waits for whoever reads slowly, and holds its container's reader there: what comes after it is of then.
        var samples = Channel.CreateBounded<SandboxUsage>(1);
        var reading = ReadAllAsync(containers, continuous, samples.Writer, stop.Token);
        try
        {
            await foreach (var usage in samples.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return usage;
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(false); // never fails: that goes through the channel
        }
    }

    private async Task<IReadOnlyList<SandboxContainer>> RunningAsync(CancellationToken cancellationToken) =>
        [
            .. (await _sandboxes.ObjectsAsync(null, cancellationToken).ConfigureAwait(false))
                .Where(static one => one is { Kind: SandboxObjectKind.Container, State: "running", TaskId: not null, IsHelper: false })
                .Select(static one => new SandboxContainer(one.Id, one.Name, one.TaskId!, true, false)),
        ];

    private async Task<IReadOnlyList<SandboxContainer>> FindAsync(IReadOnlyList<string> tasks, Action<OpenCodeException> failed, CancellationToken cancellationToken)
    {
        var wanted = new List<string>();
        foreach (var task in tasks)
        {
            try
            {
                var id = await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
                if (await _way.Registry.SandboxAsync(id, cancellationToken).ConfigureAwait(false) is null)
                {
                    throw NotRunning(id); // known without an engine
                }

                wanted.Add(id);
            }
            catch (OpenCodeException e)
            {
                failed(e);
            }
        }

        var running = wanted.Count == 0 ? [] : await RunningAsync(cancellationToken).ConfigureAwait(false);
        var found = new List<SandboxContainer>();
        foreach (var id in wanted.Distinct(StringComparer.Ordinal))
        {
            if (running.FirstOrDefault(container => container.TaskId == id) is { } container)
            {
                found.Add(container);
            }
            else
            {
                failed(NotRunning(id));
            }
        }

        return found;
    }

    private async Task ReadAllAsync(IReadOnlyList<SandboxContainer> containers, bool continuous, ChannelWriter<SandboxUsage> samples, CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(containers.Select(container => ReadAsync(container, continuous, samples, cancellationToken))).ConfigureAwait(false);
            samples.Complete();
        }
        catch (Exception e)
        {
            samples.Complete(e);
        }
    }

    private async Task ReadAsync(SandboxContainer container, bool continuous, ChannelWriter<SandboxUsage> samples, CancellationToken cancellationToken)
    {
        await foreach (var usage in _sandboxes.Host.MeasureAsync(container, cancellationToken).ConfigureAwait(false))
        {
            await samples.WriteAsync(usage, cancellationToken).ConfigureAwait(false);
            if (!continuous)
            {
                return;
            }
        }
    }

    private static OpenCodeException NotRunning(string task) =>
        new(OpenCodeError.SandboxFailed, $"The task '{task}' has no running sandbox, so there is nothing to measure. A command makes or starts it: Invoke-OcTask.", task);
}
