using System.Globalization;
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
    public async Task Sandbox_whose_process_is_killed_at_every_step_leaks_nothing_and_goes_on()
    {
        await DockerEngine.RequireAsync();
        var trace = await UndisturbedAsync();
        var unreached = SandboxLife.Steps.Select(static step => step.ToString()).Except(trace.Select(static reached => reached.Split(": ")[1])).ToList();
        Assert.True(unreached.Count == 0, $"The life does not reach {string.Join(", ", unreached)}: a step that is not reached is not proven.");

        // What "run" has reached, "run again" reaches again.
        int[] points = [.. Enumerable.Range(0, trace.Length).Where(point => !trace[point].StartsWith("run again", StringComparison.Ordinal))];
        await KillMatrix.EachAsync([.. points.Select(point => trace[point])], index => OnePointAsync(points[index]), output);
    }

    private static async Task<string[]> UndisturbedAsync()
    {
        using var store = new TemporaryStore();
        await using var worker = Start(store, -1);
        var (_, errors, exitCode) = await worker.EndAsync(Token);
        Assert.True(exitCode == 0, errors);
        await using var runtime = await OpenCodeRuntime.OpenAsync(SandboxLife.Configuration(store.DataRoot, DockerEngine.Image) with { DockerEndpoint = Surroundings.Engine }, Token);
        Assert.Empty(await EngineCount.OfAsync(Socket, runtime.StoreId));
        return await File.ReadAllLinesAsync(TraceFile(store), Token);
    }

    private static async Task OnePointAsync(int point)
    {
        using var store = new TemporaryStore();
        await using (var worker = Start(store, point))
        {
            var (_, errors, exitCode) = await worker.EndAsync(Token);
            Assert.True(exitCode == 137, $"The process was not killed: it ended with {exitCode}. {errors}");
        }

        await using var runtime = await OpenCodeRuntime.OpenAsync(SandboxLife.Configuration(store.DataRoot, DockerEngine.Image) with { DockerEndpoint = Surroundings.Engine }, Token);
        var next = (await File.ReadAllLinesAsync(Acknowledgements(store), Token)).Length;
        await runtime.Sweep.RunAsync(Token);
        Assert.Empty(await EngineCount.DisagreementsAsync(Socket, runtime, Token));
        Assert.Empty(await runtime.Sweep.OrphansAsync(Token));
        for (; next < SandboxLife.Operations.Count; next++)
        {
            try
            {
                await SandboxLife.Operations[next].Do(runtime, Token);
            }
            catch (OpenCodeException e) when (WasDone(SandboxLife.Operations[next].Name, e))
            {
                // The dead process had done it, or the sweep has, and nobody was told.
            }
        }

        Assert.Empty(await EngineCount.OfAsync(Socket, runtime.StoreId));
    }

    private static bool WasDone(string operation, OpenCodeException e) => (operation, e.Error) switch
    {
        ("remove", OpenCodeError.SandboxFailed) => e.Message.Contains("has no sandbox", StringComparison.Ordinal),
        ("delete", OpenCodeError.TaskNotFound) => true,
        _ => false,
    };

    private static Worker Start(TemporaryStore store, int dieAt) =>
        Worker.Start("sandbox", store.DataRoot, DockerEngine.Image, Acknowledgements(store), TraceFile(store), dieAt.ToString(CultureInfo.InvariantCulture));

    private static string Acknowledgements(TemporaryStore store) => Path.Combine(store.Root, "acknowledged");

    private static string TraceFile(TemporaryStore store) => Path.Combine(store.Root, "trace");
}
