using System.Diagnostics;
using OpenCode.Common;

namespace OpenCode.Bench.Rows;

/// <summary>One change of a task as a caller waits for it: committed, and in both layers.</summary>
internal sealed class Transitions : Benchmark
{
    public override string Name => "transition";

    public override async IAsyncEnumerable<BenchRow> RunAsync(BenchContext bench)
    {
        var normal = await MeasureAsync(bench, false);
        yield return Row("one transition, synchronous=normal: median and p99", normal, 2);
        yield return Row("one transition, synchronous=full: median and p99", await MeasureAsync(bench, true), null);
    }

    private static async Task<List<double>> MeasureAsync(BenchContext bench, bool full)
    {
        await using var runtime = await OpenCodeRuntime.OpenAsync(bench.Store(full), BenchContext.Token);
        var tasks = await runtime.Tasks.CreateManyAsync(Samples.Requests(bench.Count(full ? 300 : 2_000, 100)), BenchContext.Token);
        var times = new List<double>();
        foreach (var task in tasks)
        {
            times.Add(await TimeAsync(() => runtime.Tasks.StartAsync(task.Id, Actor.Operator, BenchContext.Token)));
            times.Add(await TimeAsync(() => runtime.Tasks.CompleteAsync(task.Id, null, "done", Actor.Operator, BenchContext.Token)));
        }

        return times[(times.Count / 4)..];
    }

    private static async Task<double> TimeAsync(Func<Task> transition)
    {
        var started = Stopwatch.GetTimestamp();
        await transition();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static BenchRow Row(string what, List<double> times, double? most)
    {
        var median = Pairs.Quantile(times, 0.5);
        return new BenchRow(what, $"{median:0.00} / {Pairs.Quantile(times, 0.99):0.00} ms", "", "", most is { } bound ? $"< {bound:0} ms" : "", most is null ? null : median < most);
    }
}
