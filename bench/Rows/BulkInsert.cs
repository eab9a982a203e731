using OpenCode.Common;
using OpenCode.Registry;
using OpenCode.Registry.Sqlite;

namespace OpenCode.Bench.Rows;

/// <summary>Tasks into the registry, their journal entries included, and nothing into files.</summary>
internal sealed class BulkInsert : Benchmark
{
    public override string Name => "bulk insert";

    public override async IAsyncEnumerable<BenchRow> RunAsync(BenchContext bench)
    {
        var rows = Samples.Rows(bench.Count(100_000, 10_000));
        var pairs = await Pairs.MeasureAsync(1, bench.Count(5, 2), () => OursAsync(bench, rows), () => Task.FromResult(Raw(bench, rows, false, false)));
        yield return BenchRow.Of($"bulk insert of {rows.Count:N0} tasks into the registry", pairs, "tasks", 0.5);
        var whole = await Pairs.MeasureAsync(0, bench.Count(3, 1), () => OursAsync(bench, rows), () => Task.FromResult(Raw(bench, rows, true, true)));
        yield return BenchRow.Of("  the same over raw statements with indices and journal", whole, "tasks", null);
    }

    private static async Task<double> OursAsync(BenchContext bench, IReadOnlyList<NewTaskRow> rows)
    {
        await using var registry = await SqliteRegistry.OpenAsync(bench.Store(), TimeProvider.System, StepProbe.None, () => ProcessIdentity.Current, BenchContext.Token);
        var batches = rows.Chunk(Samples.Batch).ToList();
        return await Pairs.RateAsync(rows.Count, async () =>
        {
            foreach (var batch in batches)
            {
                await registry.WriteAsync(new CreateTasks(batch), BenchContext.Token);
            }
        });
    }

    private static double Raw(BenchContext bench, IReadOnlyList<NewTaskRow> rows, bool indices, bool journal)
    {
        using var raw = new RawRegistry(bench.Folder(), indices, journal);
        return Pairs.Rate(rows.Count, () => raw.Insert(rows));
    }
}
