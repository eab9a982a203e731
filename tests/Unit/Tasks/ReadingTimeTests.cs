using System.Diagnostics;
using OpenCode.Registry;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Tasks;

/// <summary>How long reading a large store takes. By itself, so that the other tests of this process do not count.</summary>
[CollectionDefinition(nameof(ReadingTimeTests), DisableParallelization = true)]
[Collection(nameof(ReadingTimeTests))]
public sealed class ReadingTimeTests(ITestOutputHelper output)
{
    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task Ten_thousand_tasks_are_searched_by_word_in_under_ten_milliseconds()
    {
        await using var store = await TestStore.OpenAsync();
        var random = new Random(1);
        string[] words = [.. Enumerable.Range(0, 300).Select(i => $"{(char)('a' + (i % 26))}{(char)('a' + (i * 7 % 26))}{(char)('a' + (i * 11 % 26))}word{i}")];
        await store.Runtime.Registry.WriteAsync(new CreateTasks([.. Enumerable.Range(0, 10_000).Select(i => new NewTaskRow(
            $"t{i}", $"{Word()} {Word()} number{i}", string.Join(' ', Enumerable.Range(0, 8).Select(_ => Word())), AgentTaskMode.Exclusive, i % 2 == 0 ? "ada" : "bob", 0, JsonMap.Parse($$"""{"area":"{{Word()}}"}"""), null))]), Token);
        await MedianAsync(10, run => FindAsync((run % 4) switch
        {
            0 => new TaskSearch { Query = Word() },
            1 => new TaskSearch { Query = $"{Word()} {Word()[..5]}" },
            2 => new TaskSearch { Query = Word()[..4], Owner = "ada" },
            _ => new TaskSearch { Query = $"number{random.Next(1_000, 10_000)}" },
        }));

        string Word() => words[random.Next(words.Length)];

        async Task FindAsync(TaskSearch search) => Assert.InRange(await store.Runtime.Tasks.FindAsync(search, Token).CountAsync(Token), search.Query!.Contains(' ', StringComparison.Ordinal) ? 0 : 1, 5_000);
    }

    [Fact]
    public async Task Page_of_the_ready_out_of_a_hundred_thousand_takes_under_twenty_milliseconds()
    {
        await using var store = await TestStore.OpenAsync();
        foreach (var batch in Enumerable.Range(0, 100_000).Chunk(5_000))
        {
            await store.Runtime.Registry.WriteAsync(new CreateTasks([.. batch.Select(i => new NewTaskRow($"t{i}", "n", null, AgentTaskMode.Exclusive, $"o{i % 7}", i % 5, JsonMap.Empty, null) { DependsOn = i % 3 == 1 ? [$"t{i - 1}"] : [] })]), Token);
        }

        await MedianAsync(20, async run =>
            Assert.Equal(100, (await store.Runtime.Tasks.ListAsync(new TaskQuery { Ready = true, First = 100, Skip = run % 2 == 0 ? 0 : 1_000, Owner = run % 3 == 0 ? "o3" : null }, Token)).Tasks.Count));
    }

    /// <summary>The median of many runs is below a limit. A machine that is busy with other things gets several tries: what is proven is what the product can do.</summary>
    private async Task MedianAsync(double limit, Func<int, Task> run)
    {
        const int Runs = 100;
        var best = double.MaxValue;
        for (var round = 0; round < 8 && best >= limit; round++)
        {
            var times = new List<double>();
            for (var i = 0; i < Runs; i++)
            {
                var started = Stopwatch.GetTimestamp();
                await run(i);
                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }

            times.Sort();
            output.WriteLine($"p50 {times[Runs / 2]:0.00} ms, p95 {times[Runs * 95 / 100]:0.00} ms, slowest {times[^1]:0.00} ms");
            best = Math.Min(best, times[Runs / 2]);
        }

        Assert.InRange(best, 0, limit);
    }
}
