using System.Diagnostics;
using System.Globalization;
using OpenCode.Registry;

namespace OpenCode.Bench.Rows;

/// <summary>The ready tasks of a store with very many tasks, most of which wait for another: the first hundred and how many there are, and the claim of the next.</summary>
internal sealed class ReadyTasks : Benchmark
{
    private const double MostMilliseconds = 20;

    public override string Name => "ready";

    public override async IAsyncEnumerable<BenchRow> RunAsync(BenchContext bench)
    {
        var count = bench.Count(100_000, 5_000);
        await using var runtime = await OpenCodeRuntime.OpenAsync(bench.Store(), BenchContext.Token);
        var rows = Samples.Rows(count);
        for (var from = 0; from < count; from += Samples.Batch)
        {
            // Every tenth is ready, and the nine after it wait for it.
            var batch = Enumerable.Range(from, Math.Min(Samples.Batch, count - from)).Select(i => i % 10 == 0 ? rows[i] : rows[i] with { DependsOn = [rows[i - (i % 10)].Id] });
            await runtime.Registry.WriteAsync(new CreateTasks([.. batch]), BenchContext.Token);
        }

        var query = new TaskQuery { Ready = true, First = 100 };
        var page = await MeasureAsync(bench, async () =>
        {
            var found = await runtime.Tasks.ListAsync(query, BenchContext.Token);
            return found.Total == (count + 9) / 10 && found.Tasks.Count == 100;
        });
        yield return new BenchRow(string.Create(CultureInfo.InvariantCulture, $"ready: the first 100 and the number, of {count:N0} tasks"), $"{page:0.00} ms", "", "", $"< {MostMilliseconds:0} ms", page < MostMilliseconds);
        var all = await MeasureAsync(bench, async () =>
        {
            var found = 0;
            await foreach (var _ in runtime.Tasks.StreamAsync(new TaskQuery { Ready = true }, BenchContext.Token))
            {
                found++;
            }

            return found == (count + 9) / 10;
        });
        yield return new BenchRow(string.Create(CultureInfo.InvariantCulture, $"ready: all {(count + 9) / 10:N0} of them as records"), $"{all:0.00} ms", "", "", "", null);
        var claim = await MeasureAsync(bench, async () => await runtime.Registry.WriteAsync(new ClaimTask(new LeaseRequest("bench", null), null), BenchContext.Token) is { Change: not null });
        yield return new BenchRow(string.Create(CultureInfo.InvariantCulture, $"ready: a claim of the next one at the registry"), $"{claim:0.00} ms", "", "", "", null);
    }

    private static async Task<double> MeasureAsync(BenchContext bench, Func<Task<bool>> work)
    {
        var times = new List<double>();
        for (var i = 0; i < bench.Count(45, 15); i++)
        {
            var started = Stopwatch.GetTimestamp();
            if (!await work())
            {
                throw new InvalidOperationException("What is ready was not found as it is.");
            }

            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return Pairs.Quantile(times.Skip(times.Count / 3), 0.5);
    }
}
