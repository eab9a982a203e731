using System.Text.Json;
using System.Text.Json.Serialization;
using OpenCode.Layers;

namespace OpenCode.Bench.Rows;

/// <summary>A long log read for its warnings, against the parse of every line into an object by the framework's serializer.</summary>
internal sealed partial class LogRead : Benchmark
{
    // Upstream parses 333,278 lines/s where this serializer does 526,336 (../shared/measurements.md): 3 times upstream is 1.9 times this.
    private const double Wanted = 1.9;

    public override string Name => "log read";

    public override async IAsyncEnumerable<BenchRow> RunAsync(BenchContext bench)
    {
        var count = bench.Count(1_000_000, 50_000);
        var folder = new TaskFolder(bench.Folder(), "task_bench");
        TaskFolder.Make(folder.Root);
        await using (var file = File.Create(folder.Logs))
        {
            var part = LogLayer.Format(Samples.Entries(10_000));
            for (var i = 0; i < count; i += 10_000)
            {
                await file.WriteAsync(part);
            }
        }

        var pairs = await Pairs.MeasureAsync(
            1,
            3,
            () => Task.FromResult(Pairs.Rate(count, () => Check(LogLayer.Read(folder, LogLevel.Warn, _ => true, null).Entries.Count, count))),
            () => Task.FromResult(Pairs.Rate(count, () => Check(Parse(folder.Logs), count))));
        yield return BenchRow.Of($"log: warnings of {count:N0} lines, over a plain typed parse", pairs, "lines", Wanted);
    }

    private static int Parse(string path)
    {
        var found = new List<Line>();
        foreach (var text in File.ReadLines(path))
        {
            var line = JsonSerializer.Deserialize(text, LineContext.Default.Line)!;
            if (line.Level is "warn" or "error")
            {
                found.Add(line);
            }
        }

        return found.Count;
    }

    private static void Check(int found, int count)
    {
        if (found != count / 10)
        {
            throw new InvalidOperationException($"{found} of {count} lines were found.");
        }
    }

    internal sealed record Line(DateTimeOffset Timestamp, string Level, string Message, Dictionary<string, JsonElement>? Data, long? Seq);

    [JsonSerializable(typeof(Line))]
    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    internal sealed partial class LineContext : JsonSerializerContext;
}
