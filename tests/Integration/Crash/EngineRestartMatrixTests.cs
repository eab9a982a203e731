using System.Diagnostics;
using OpenCode.Common;
using OpenCode.Tests.Integration.Processes;
using OpenCode.Tests.Integration.Sandboxes;
using OpenCode.Tests.StoreWorker;

namespace OpenCode.Tests.Integration.Crash;

/// <summary>I5, I6: the engine is stopped and started again at every step of a sandbox's life, and every container with it, while our process is in the middle of it. Afterwards engine and registry agree, and nothing is left.</summary>
public sealed class EngineRestartMatrixTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int MostTries = 4;

    private readonly OwnEngine _engine = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _engine.StartAsync();

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task Sandbox_whose_engine_is_stopped_and_started_at_every_step_leaks_nothing_and_goes_on()
    {
        var trace = await LifeAsync(-1);
        var unreached = SandboxLife.Steps.Except(trace.Select(static reached => reached.Step)).ToList();
        Assert.True(unreached.Count == 0, $"The life does not reach {string.Join(", ", unreached)}: a step that is not reached is not proven.");

        // Every step once, and in the long run each time it is reached.
        var points = Enumerable.Range(0, trace.Count).Where(point => LongRun.IsWanted || trace.FindIndex(reached => reached.Step == trace[point].Step) == point).ToList();
        var problems = new List<string>();
        var watch = Stopwatch.StartNew();
        foreach (var point in points)
        {
            try
            {
                await LifeAsync(point);
            }
            catch (Exception e) when (!Token.IsCancellationRequested)
            {
                problems.Add($"stopped at point {point}, {trace[point]}: {e.Message}");
            }
        }

        output.WriteLine($"{points.Count} of {trace.Count} points in {watch.Elapsed.TotalSeconds:0} s: {string.Join(", ", points.Select(point => $"{trace[point].Operation}: {trace[point].Step}"))}");
        Assert.True(problems.Count == 0, string.Join("\n", problems));
    }

    /// <summary>Lives once, with the engine stopped and started at one point. What is refused meanwhile is tried again, as a caller would.</summary>
    private async Task<List<(string Operation, Step Step)>> LifeAsync(int point)
    {
        using var store = new TemporaryStore();
        var (trace, present, stopped) = (new List<(string, Step)>(), "", false);
        string storeId;
        await using (var runtime = await OpenCodeRuntime.OpenAsync(
            SandboxLife.Configuration(store.DataRoot, DockerEngine.Image) with { DockerEndpoint = $"unix://{_engine.Socket}" }, TimeProvider.System, new StepProbe(Reached), static () => ProcessIdentity.Current, null, Token))
        {
            storeId = runtime.StoreId;
            foreach (var (name, work) in SandboxLife.Operations)
            {
                present = name;
                for (var attempt = 0; ; attempt++)
                {
                    try
                    {
                        await work(runtime, Token);
                        break;
                    }
                    catch (OpenCodeException e) when (stopped && WasDone(name, e))
                    {
                        break;
                    }
                    catch (OpenCodeException e) when (stopped && attempt < MostTries && e.Error is OpenCodeError.SandboxUnavailable or OpenCodeError.SandboxFailed)
                    {
                        await AgreeAsync(runtime);
                    }
                }

                if (stopped)
                {
                    await AgreeAsync(runtime);
                }
            }

            Assert.Empty(await runtime.Registry.SandboxesAsync(Token));
        }

        Assert.Equal(point >= 0, stopped);
        Assert.Empty(await EngineCount.OfAsync(_engine.Socket, storeId));
        return trace;

        void Reached(Step step)
        {
            if (!SandboxLife.Steps.Contains(step))
            {
                return;
            }

            var at = trace.Count;
            trace.Add((present, step));
            if (at == point)
            {
                // Whoever is at this step waits here, and finds another engine than it knew.
                stopped = true;
                _engine.StopAsync().GetAwaiter().GetResult();
                _engine.StartAsync().AsTask().GetAwaiter().GetResult();
            }
        }
    }

    private async Task AgreeAsync(OpenCodeRuntime runtime)
    {
        await runtime.Sweep.RunAsync(Token);
        Assert.Empty(await EngineCount.DisagreementsAsync(_engine.Socket, runtime, Token));
        Assert.Empty(await runtime.Sweep.OrphansAsync(Token));
    }

    /// <summary>It was done, and the answer went down with the engine; or what there was to do it to did.</summary>
    private static bool WasDone(string operation, OpenCodeException e) => (operation, e.Error) switch
    {
        ("remove", OpenCodeError.SandboxFailed) => e.Message.Contains("has no sandbox", StringComparison.Ordinal),
        // Its container ended with the engine: nothing is there to be frozen, and the next operation starts it again.
        ("suspend", OpenCodeError.SandboxFailed) => e.Message.Contains("does not run any more", StringComparison.Ordinal),
        ("delete", OpenCodeError.TaskNotFound) => true,
        _ => false,
    };
}
