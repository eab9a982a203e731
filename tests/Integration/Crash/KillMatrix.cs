using System.Collections.Concurrent;
using System.Globalization;
using OpenCode.Common;
using OpenCode.Tests.Integration.Processes;

namespace OpenCode.Tests.Integration.Crash;

/// <summary>A life in a process of its own, once undisturbed and once for each time it reaches a step, killed there.</summary>
/// <param name="life">Its name, as the worker knows it.</param>
internal sealed class KillMatrix(string life)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The steps an undisturbed life reaches, and what can be seen after each of its operations.</summary>
    /// <param name="store">Where it lives.</param>
    /// <param name="listen">Given the process, to hear what it says until it ends.</param>
    public async Task<(string[] Trace, string[] Stories)> UndisturbedAsync(TemporaryStore store, Func<Worker, Task> listen)
    {
        await using var worker = Start(store, -1);
        await listen(worker);
        var (_, errors, exitCode) = await worker.EndAsync(Token);
        Assert.True(exitCode == 0, errors);
        return (await File.ReadAllLinesAsync(TraceFile(store), Token), await File.ReadAllLinesAsync(TraceFile(store) + ".stories", Token));
    }

    /// <summary>Lives until it is killed, and tells how many operations were acknowledged.</summary>
    public async Task<int> KilledAsync(TemporaryStore store, int point, Func<Worker, Task> listen)
    {
        await using var worker = Start(store, point);
        await listen(worker);
        var (_, errors, exitCode) = await worker.EndAsync(Token);
        Assert.True(exitCode == 137, $"The process was not killed: it ended with {exitCode}. {errors}");
        return File.Exists(Acknowledgements(store)) ? (await File.ReadAllLinesAsync(Acknowledgements(store), Token)).Length : 0;
    }

    /// <summary>Has every step of a trace tried, as many at once as there are processors, and fails with everything found.</summary>
    public static async Task EachAsync(string[] trace, Func<int, Task> tryAsync, ITestOutputHelper output)
    {
        var problems = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(Enumerable.Range(0, trace.Length), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = Token }, async (point, _) =>
        {
            try
            {
                await tryAsync(point);
            }
            catch (Exception e) when (!Token.IsCancellationRequested)
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

    /// <summary>What half-done work leaves in a store's folders.</summary>
    public static IEnumerable<string> Leftovers(TemporaryStore store) => Directory
        .EnumerateFileSystemEntries(Path.Combine(store.DataRoot, "tasks"), "*", SearchOption.AllDirectories)
        .Where(p => Path.GetFileName(p).StartsWith('.') || p.EndsWith(AtomicFile.TemporarySuffix, StringComparison.Ordinal) || p.Contains(".damaged", StringComparison.Ordinal) || p.Contains(".torn", StringComparison.Ordinal));

    private Worker Start(TemporaryStore store, int dieAt) =>
        Worker.Start(life, store.DataRoot, Acknowledgements(store), TraceFile(store), dieAt.ToString(CultureInfo.InvariantCulture));

    private static string Acknowledgements(TemporaryStore store) => Path.Combine(store.Root, "acknowledged");

    private static string TraceFile(TemporaryStore store) => Path.Combine(store.Root, "trace");
}
