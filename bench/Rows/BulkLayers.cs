using OpenCode.Layers;
using OpenCode.Tasks;

namespace OpenCode.Bench.Rows;

/// <summary>Tasks with all their files, through the service, against making folders and files with the same contents and nothing else.</summary>
internal sealed class BulkLayers : Benchmark
{
    public override string Name => "bulk layers";

    public override async IAsyncEnumerable<BenchRow> RunAsync(BenchContext bench)
    {
        var requests = Samples.Requests(bench.Count(2_000, 1_000));
        string? made = null;
        var rounds = bench.Count(5, 2);
        var pairs = await Pairs.MeasureAsync(1, rounds, async () => await OursAsync(bench, requests, root => made = root), () => Task.FromResult(Raw(bench, made!, requests.Count, 1)));
        yield return BenchRow.Of($"bulk insert of {requests.Count:N0} tasks with their layers", pairs, "tasks", 0.7);
        var parallel = await Pairs.MeasureAsync(0, bench.Count(3, 1), async () => await OursAsync(bench, requests, root => made = root), () => Task.FromResult(Raw(bench, made!, requests.Count, Environment.ProcessorCount)));
        yield return BenchRow.Of($"  the same over raw files made by {Environment.ProcessorCount} threads", parallel, "tasks", null);
    }

    private static async Task<double> OursAsync(BenchContext bench, IReadOnlyList<NewTask> requests, Action<string> made)
    {
        var configuration = bench.Store();
        await using var runtime = await OpenCodeRuntime.OpenAsync(configuration, BenchContext.Token);
        var batches = requests.Chunk(Samples.Batch).ToList();
        var rate = await Pairs.RateAsync(requests.Count, async () =>
        {
            foreach (var batch in batches)
            {
                await runtime.Tasks.CreateManyAsync(batch, BenchContext.Token);
            }
        });
        made(Path.Combine(configuration.DataRoot, "tasks"));
        return rate;
    }

    private static double Raw(BenchContext bench, string made, int count, int threads)
    {
        var contents = Directory.EnumerateDirectories(made).Select(folder => (
            Id: Path.GetFileName(folder),
            State: File.ReadAllBytes(Path.Combine(folder, "state.json")),
            Logs: File.ReadAllBytes(Path.Combine(folder, "logs.jsonl")),
            Decisions: File.ReadAllBytes(Path.Combine(folder, "decisions.md")))).ToList();
        var root = bench.Folder();
        return Pairs.Rate(count, () => Parallel.ForEach(contents, new ParallelOptions { MaxDegreeOfParallelism = threads }, task =>
        {
            var folder = Path.Combine(root, task.Id);
            TaskFolder.Make(folder);
            File.WriteAllBytes(Path.Combine(folder, "state.json"), task.State);
            File.WriteAllBytes(Path.Combine(folder, "logs.jsonl"), task.Logs);
            File.WriteAllBytes(Path.Combine(folder, "decisions.md"), task.Decisions);
            TaskFolder.Make(Path.Combine(folder, "checkpoints"));
        }));
    }
}
