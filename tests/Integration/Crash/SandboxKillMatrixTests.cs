using System.Globalization;
using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Tests.Integration.Hosting;
using OpenCode.Tests.Integration.Processes;
using OpenCode.Tests.Integration.Sandboxes;
using OpenCode.Tests.StoreWorker;

namespace OpenCode.Tests.Integration.Crash;

/// <summary>I5, I6: a process is killed once at every step of a sandbox's life, on a real engine. After recovery nothing is left on the engine that the registry does not know, and nothing is in the registry that is not so.</summary>
public sealed class SandboxKillMatrixTests(ITestOutputHelper output)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Socket => DockerEngine.Endpoint.Address!.LocalPath;

    [Fact]
    public Task Sandbox_whose_process_is_killed_at_every_step_leaks_nothing_and_goes_on() =>
        // What "run" has reached, "run again" reaches again.
        EachAsync(new Way("sandbox", SandboxLife.Configuration, SandboxLife.Operations, SandboxLife.Steps), static point => !point.StartsWith("run again", StringComparison.Ordinal));

    [Fact]
    public Task Pool_whose_process_is_killed_at_every_step_leaks_nothing_and_tasks_go_on() =>
        EachAsync(new Way("pool", PoolLife.Configuration, PoolLife.Operations, PoolLife.Steps), static point => PoolLife.PoolSteps.Any(step => point.EndsWith($": {step}", StringComparison.Ordinal)) || point.StartsWith("run:", StringComparison.Ordinal));

    private async Task EachAsync(Way way, Func<string, bool> isTried)
    {
        await DockerEngine.RequireAsync();
        var trace = await UndisturbedAsync(way);
        var unreached = way.Steps.Select(static step => step.ToString()).Except(trace.Select(static reached => reached.Split(": ")[1])).ToList();
        Assert.True(unreached.Count == 0, $"The life does not reach {string.Join(", ", unreached)}: a step that is not reached is not proven.");
        int[] points = [.. Enumerable.Range(0, trace.Length).Where(point => isTried(trace[point]))];
        await KillMatrix.EachAsync([.. points.Select(point => trace[point])], index => OnePointAsync(way, points[index]), output);
    }

    private static async Task<string[]> UndisturbedAsync(Way way)
    {
        using var store = new TemporaryStore();
        await using var worker = Start(way, store, -1);
        var (_, errors, exitCode) = await worker.EndAsync(Token);
        Assert.True(exitCode == 0, errors);
        await using var runtime = await OpenAsync(way, store);
        Assert.Empty(await EngineCount.OfAsync(Socket, runtime.StoreId));
        Assert.Empty(Left(store));
        return await File.ReadAllLinesAsync(TraceFile(store), Token);
    }

    private static async Task OnePointAsync(Way way, int point)
    {
        using var store = new TemporaryStore();
        await using (var worker = Start(way, store, point))
        {
            var (_, errors, exitCode) = await worker.EndAsync(Token);
            Assert.True(exitCode == 137, $"The process was not killed: it ended with {exitCode}. {errors}");
        }

        string storeId;
        await using (var runtime = await OpenAsync(way, store))
        {
            storeId = runtime.StoreId;
            var next = File.Exists(Acknowledgements(store)) ? (await File.ReadAllLinesAsync(Acknowledgements(store), Token)).Length : 0;
            await runtime.Sweep.RunAsync(Token);
            Assert.Empty(await EngineCount.DisagreementsAsync(Socket, runtime, Token));
            Assert.Empty(await runtime.Sweep.OrphansAsync(Token));
            for (; next < way.Operations.Count; next++)
            {
                try
                {
                    await way.Operations[next].Do(runtime, Token);
                }
                catch (OpenCodeException e) when (WasDone(way.Operations[next].Name, e))
                {
                    // The dead process had done it, or the sweep has, and nobody was told.
                }
            }
        }

        Assert.Empty(await EngineCount.OfAsync(Socket, storeId));
        Assert.Empty(Left(store));
    }

    private static Task<OpenCodeRuntime> OpenAsync(Way way, TemporaryStore store) =>
        OpenCodeRuntime.OpenAsync(way.Configure(store.DataRoot, DockerEngine.Image) with { DockerEndpoint = Surroundings.Engine }, Token);

    /// <summary>Folders of the pool that nobody has.</summary>
    private static string[] Left(TemporaryStore store) => Path.Combine(store.DataRoot, "pool") is var pool && Directory.Exists(pool) ? Directory.GetFileSystemEntries(pool) : [];

    private static bool WasDone(string operation, OpenCodeException e) => (operation, e.Error) switch
    {
        ("create", OpenCodeError.TaskExists) => true,
        ("remove", OpenCodeError.SandboxFailed) => e.Message.Contains("has no sandbox", StringComparison.Ordinal),
        ("restart", OpenCodeError.SandboxFailed) => e.Message.Contains("has no sandbox", StringComparison.Ordinal),
        ("delete", OpenCodeError.TaskNotFound) => true,
        _ => false,
    };

    private static Worker Start(Way way, TemporaryStore store, int dieAt) =>
        Worker.Start(way.Name, store.DataRoot, DockerEngine.Image, Acknowledgements(store), TraceFile(store), dieAt.ToString(CultureInfo.InvariantCulture));

    private static string Acknowledgements(TemporaryStore store) => Path.Combine(store.Root, "acknowledged");

    private static string TraceFile(TemporaryStore store) => Path.Combine(store.Root, "trace");

    /// <summary>A life, as the worker knows it.</summary>
    private sealed record Way(string Name, Func<string, string, OpenCodeConfiguration> Configure, IReadOnlyList<(string Name, Func<OpenCodeRuntime, CancellationToken, Task> Do)> Operations, Step[] Steps);
}
