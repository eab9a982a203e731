using System.Text;
using OpenCode.Common;
using OpenCode.Layers;

namespace OpenCode.Bench.Rows;

/// <summary>Lines into logs.jsonl, each call by itself: open, append, close.</summary>
internal sealed class LogAppend : Benchmark
{
    public override string Name => "log append";

    public override async IAsyncEnumerable<BenchRow> RunAsync(BenchContext bench)
    {
        var entries = Samples.Entries(1_000);
        var folder = new TaskFolder(bench.Folder(), "task_bench");
        TaskFolder.Make(folder.Root);
        var log = new LogLayer(new AppendFile(durable: false, StepProbe.None), TimeProvider.System);
        using var held = new TaskLock("task_bench", new MemoryStream());
        var path = Encoding.UTF8.GetBytes(folder.Logs + "\0");
        var lines = entries.Select(e => LogLayer.Format([e]).ToArray()).ToArray();
        var rounds = bench.Count(15, 3);
        var calls = bench.Count(20_000, 2_000);
        var one = await Pairs.MeasureAsync(
            3,
            rounds,
            () => Task.FromResult(Measure(folder, calls, 1, i => log.Append(held, folder, entries[i % 1_000]))),
            () => Task.FromResult(Measure(folder, calls, 1, i => RawFiles.AppendOnce(path, folder.Logs, lines[i % 1_000]))));
        yield return BenchRow.Of($"log: one line of {lines[0].Length} bytes appended", one, "lines", 0.6);

        var groups = entries.Chunk(100).ToArray();
        var blocks = groups.Select(g => LogLayer.Format(g).ToArray()).ToArray();
        calls /= 10;
        var hundred = await Pairs.MeasureAsync(
            3,
            rounds,
            () => Task.FromResult(Measure(folder, calls, 100, i => log.Append(held, folder, groups[i % 10]))),
            () => Task.FromResult(Measure(folder, calls, 100, i => RawFiles.AppendOnce(path, folder.Logs, blocks[i % 10]))));
        yield return BenchRow.Of("log: 100 lines appended at a time", hundred, "lines", 0.4);
    }

    private static double Measure(TaskFolder folder, int calls, int lines, Action<int> append)
    {
        File.WriteAllBytes(folder.Logs, []);
        return Pairs.Rate(calls * lines, () =>
        {
            for (var i = 0; i < calls; i++)
            {
                append(i);
            }
        });
    }
}
