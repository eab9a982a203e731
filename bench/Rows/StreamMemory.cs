using OpenCode.Common;
using OpenCode.Registry;
using OpenCode.Registry.Sqlite;

namespace OpenCode.Bench.Rows;

/// <summary>What stays on the heap while every task of a large store is read one after the other.</summary>
internal sealed class StreamMemory : Benchmark
{
    private const double MostMebibytes = 4;

    public override string Name => "memory while streaming";

    public override async IAsyncEnumerable<BenchRow> RunAsync(BenchContext bench)
    {
        var count = bench.Count(100_000, 10_000);
        await using var registry = await SqliteRegistry.OpenAsync(bench.Store(), TimeProvider.System, StepProbe.None, () => ProcessIdentity.Current, BenchContext.Token);
        for (var made = 0; made < count; made += Samples.Batch)
        {
            await registry.WriteAsync(new CreateTasks(Samples.Rows(Samples.Batch)), BenchContext.Token);
        }

        await ReadAsync(registry, count / 10);
        var growth = await ReadAsync(registry, count / 10) / 1024.0 / 1024.0;
        yield return new BenchRow($"heap growth while streaming {count:N0} tasks", $"{growth:0.00} MiB", "", "", $"< {MostMebibytes:0} MiB", growth < MostMebibytes);
    }

    private static async Task<long> ReadAsync(SqliteRegistry registry, int every)
    {
        var start = GC.GetTotalMemory(forceFullCollection: true);
        var most = start;
        var read = 0;
        await foreach (var task in registry.StreamAsync(new TaskQuery(), BenchContext.Token))
        {
            if (++read % every == every / 2)
            {
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true));
            }
        }

        return most - start;
    }
}
