using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace OpenCode.Sandboxes.Docker;

/// <summary>What a container uses, once a second, over one answer of the engine's that is kept open: a question for each sample would take a second and more.</summary>
internal static class UsageSamples
{
    // The engine sends every second. One that sends nothing for so long hangs.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(10);

    /// <summary>Samples until the container stops, or is gone.</summary>
    public static async IAsyncEnumerable<SandboxUsage> ReadAsync(EngineConnection engine, SandboxContainer container, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // Whoever reads slowly gets the newest: an old measure is of no use.
        var samples = Channel.CreateBounded<ContainerStatsResponse>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        var reading = ReceiveAsync(engine, container, samples.Writer, stop.Token);
        try
        {
            while (await NextAsync(engine, samples.Reader, cancellationToken).ConfigureAwait(false) is { } sample)
            {
                if (IsEmpty(sample))
                {
                    if (!await IsRunningAsync(engine, container, cancellationToken).ConfigureAwait(false))
                    {
                        break;
                    }
                }
                else if (Of(container.TaskId, sample) is { } usage)
                {
                    yield return usage;
                }
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // what it failed with came through the channel
        }
    }

    /// <summary>The engine's answer in our terms; null for the first of a stream, which has nothing before it to compare with.</summary>
    public static SandboxUsage? Of(string taskId, ContainerStatsResponse sample)
    {
        if (sample is not { CPUStats: { } now, PreCPUStats: { SystemUsage: > 0 } before })
        {
            return null;
        }

        var memory = sample.MemoryStats;
        var (read, written) = Disk(sample.BlkioStats?.IoServiceBytesRecursive);
        return new SandboxUsage
        {
            TaskId = taskId,
            At = new DateTimeOffset(DateTime.SpecifyKind(sample.Read, DateTimeKind.Utc)),
            CpuPercent = Cpu(now, before),
            Processors = Processors(now),
            MemoryBytes = Number((memory?.Usage ?? 0) - Math.Min(memory?.Usage ?? 0, Cache(memory?.Stats))),
            MemoryLimitBytes = Number(memory?.Limit ?? 0),
            Pids = (int)Math.Min(sample.PidsStats?.Current ?? 0, int.MaxValue),
            PidsLimit = sample.PidsStats?.Limit is > 0 and <= int.MaxValue and var limit ? (int)limit : null,
            NetworkReceivedBytes = sample.Networks?.Values.Sum(static n => Number(n.RxBytes)) ?? 0,
            NetworkSentBytes = sample.Networks?.Values.Sum(static n => Number(n.TxBytes)) ?? 0,
            DiskReadBytes = read,
            DiskWrittenBytes = written,
        };
    }

    // What the engine sends, every second, for a container that is stopped; and for one that runs, when it could not measure it this time.
    private static bool IsEmpty(ContainerStatsResponse sample) => sample.PidsStats?.Current is not > 0 && sample.CPUStats?.SystemUsage is not > 0;

    private static async Task<bool> IsRunningAsync(EngineConnection engine, SandboxContainer container, CancellationToken cancellationToken)
    {
        try
        {
            var now = await engine.CallAsync("inspect a container", LookLimit, (client, token) => client.Containers.InspectContainerAsync(container.Id, token), cancellationToken).ConfigureAwait(false);
            return now.State is { Running: true };
        }
        catch (DockerApiException)
        {
            return false; // gone
        }
    }

    private static double Cpu(CPUStats now, CPUStats before)
    {
        if (now.SystemUsage <= before.SystemUsage || now.CPUUsage.TotalUsage < before.CPUUsage.TotalUsage)
        {
            return 0;
        }

        // The system's time counts every processor.
        return 100.0 * Processors(now) * (now.CPUUsage.TotalUsage - before.CPUUsage.TotalUsage) / (now.SystemUsage!.Value - before.SystemUsage!.Value);
    }

    private static int Processors(CPUStats now) => now.OnlineCPUs is > 0 and <= int.MaxValue and var online ? (int)online : Math.Max(1, now.CPUUsage.PercpuUsage?.Count ?? 1);

    // As the docker CLI does it: cgroup v1 calls it total_inactive_file, v2 inactive_file.
    private static ulong Cache(IDictionary<string, ulong>? details) =>
        details is null ? 0 : details.TryGetValue("total_inactive_file", out var first) ? first : details.TryGetValue("inactive_file", out var second) ? second : 0;

    // "Read" under cgroup v1, "read" under v2.
    private static (long Read, long Written) Disk(IList<BlkioStatEntry>? entries)
    {
        long Sum(string operation) => entries?.Where(e => string.Equals(e.Op, operation, StringComparison.OrdinalIgnoreCase)).Sum(static e => Number(e.Value)) ?? 0;
        return (Sum("read"), Sum("write"));
    }

    private static long Number(ulong value) => value > long.MaxValue ? long.MaxValue : (long)value;

    private static async Task<ContainerStatsResponse?> NextAsync(EngineConnection engine, ChannelReader<ContainerStatsResponse> samples, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Silence, engine.Time);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await samples.WaitToReadAsync(bound.Token).ConfigureAwait(false) && samples.TryRead(out var sample) ? sample : null;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw EngineErrors.Late(engine.Endpoint, "measure a container", Silence, e);
        }
    }

    private static async Task ReceiveAsync(EngineConnection engine, SandboxContainer container, ChannelWriter<ContainerStatsResponse> samples, CancellationToken cancellationToken)
    {
        try
        {
            await engine.CallAsync(
                "measure a container",
                Timeout.InfiniteTimeSpan,
                (client, token) => client.Containers.GetContainerStatsAsync(container.Id, new ContainerStatsParameters { Stream = true }, new Receiver(samples), token),
                cancellationToken).ConfigureAwait(false);
            samples.TryComplete();
        }
        catch (DockerApiException)
        {
            samples.TryComplete(); // gone
        }
        catch (Exception e)
        {
            samples.TryComplete(e);
            throw;
        }
    }

    private sealed class Receiver(ChannelWriter<ContainerStatsResponse> samples) : IProgress<ContainerStatsResponse>
    {
        public void Report(ContainerStatsResponse value) => samples.TryWrite(value);
    }
}
