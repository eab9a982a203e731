using System.Globalization;
using OpenCode.Common;
using OpenCode.Tests.Integration.Processes;
using OpenCode.Tests.StoreWorker;
using OpenCode.Tests.Unit;

namespace OpenCode.Tests.Integration.Crash;

/// <summary>I1, I2, I7: a process is killed once at every step of the way of a change, each time a step is reached in the whole life of a task.</summary>
public sealed class KillMatrixTests(ITestOutputHelper output)
{
    private static readonly Step[] OfSandboxes = [Step.SandboxIntended, Step.SandboxCreated, Step.SandboxRemoved, Step.CommandEnded];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Life_killed_at_every_step_loses_nothing_acknowledged_and_goes_on()
    {
        var (trace, stories) = await UndisturbedAsync();
        var unreached = Enum.GetValues<Step>().Except(OfSandboxes).Except(trace.Select(s => Enum.Parse<Step>(s))).ToList();
        Assert.True(unreached.Count == 0, $"The life does not reach {string.Join(", ", unreached)}: a step that is not reached is not proven.");

        var problems = new System.Collections.Concurrent.ConcurrentBag<string>();
        await Parallel.ForEachAsync(Enumerable.Range(0, trace.Length), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = Token }, async (point, _) =>
        {
            try
            {
                await OnePointAsync(point, stories);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                problems.Add($"killed at point {point}, {trace[point]}: {e.Message}");
            }
        });

        foreach (var group in trace.CountBy(s => s).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            output.WriteLine($"{group.Key}: {group.Value} runs");
        }

        output.WriteLine($"{trace.Length} runs in all");
        Assert.True(problems.IsEmpty, string.Join("\n", problems.Order(StringComparer.Ordinal)));
    }

    private static async Task<(string[] Trace, string[] Stories)> UndisturbedAsync()
    {
        using var store = new TemporaryStore();
        await using var worker = Start(store, -1);
        var (_, errors, exitCode) = await worker.EndAsync(Token);
        Assert.True(exitCode == 0, errors);
        return (await File.ReadAllLinesAsync(TraceFile(store), Token), await File.ReadAllLinesAsync(TraceFile(store) + ".stories", Token));
    }

    private static async Task OnePointAsync(int point, string[] stories)
    {
        using var store = new TemporaryStore();
        await using (var worker = Start(store, point))
        {
            var (_, errors, exitCode) = await worker.EndAsync(Token);
            Assert.True(exitCode == 137, $"The process was not killed: it ended with {exitCode}. {errors}");
        }

        var acknowledged = File.Exists(Acknowledgements(store)) ? (await File.ReadAllLinesAsync(Acknowledgements(store), Token)).Length : 0;
        await using var runtime = await OpenCodeRuntime.OpenAsync(Life.Configuration(store.DataRoot), Token);
        var now = await Story.TellAsync(runtime, Token);
        var before = acknowledged == 0 ? "none | none | none" : stories[acknowledged - 1];
        var after = stories[acknowledged];
        Assert.True(now == before || now == after, $"after '{(acknowledged == 0 ? "nothing" : Life.Operations[acknowledged - 1].Name)}' was acknowledged and before '{Life.Operations[acknowledged].Name}' was:\n  found  {now}\n  before {before}\n  after  {after}");
        await AgreeAsync(runtime);

        // The task goes on from where it is, to the same end as if nothing had happened. What cannot be seen in the story (a
        // checkpoint) may be done twice, as an agent would that was not told.
        for (var next = now == after && before != after ? acknowledged + 1 : acknowledged; next < Life.Operations.Count; next++)
        {
            await Life.Operations[next].Do(runtime, Token);
        }

        Assert.Equal(stories[^1], await Story.TellAsync(runtime, Token));
        await AgreeAsync(runtime);
        Assert.Empty(Leftovers(store));
    }

    private static async Task AgreeAsync(OpenCodeRuntime runtime)
    {
        foreach (var id in (string[])[Life.TaskId, Life.GoneId, Life.NextId])
        {
            if ((await runtime.Tasks.IdsByPrefixAsync(id, 1, Token)).Count > 0)
            {
                // Whoever looks at a task's checkpoints enters those a dead process had published and could not tell of.
                await runtime.Checkpoints.ListAsync(id, Token);
                await Agreement.CheckAsync(runtime, id, Token);
            }
        }
    }

    private static IEnumerable<string> Leftovers(TemporaryStore store) => Directory
        .EnumerateFileSystemEntries(Path.Combine(store.DataRoot, "tasks"), "*", SearchOption.AllDirectories)
        .Where(p => Path.GetFileName(p).StartsWith('.') || p.EndsWith(AtomicFile.TemporarySuffix, StringComparison.Ordinal) || p.Contains(".damaged", StringComparison.Ordinal) || p.Contains(".torn", StringComparison.Ordinal));

    private static Worker Start(TemporaryStore store, int dieAt) =>
        Worker.Start("life", store.DataRoot, Acknowledgements(store), TraceFile(store), dieAt.ToString(CultureInfo.InvariantCulture));

    private static string Acknowledgements(TemporaryStore store) => Path.Combine(store.Root, "acknowledged");

    private static string TraceFile(TemporaryStore store) => Path.Combine(store.Root, "trace");
}
