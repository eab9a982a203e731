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
        var trace = (await LifeAsync([])).Distinct().ToList();
        var unreached = SandboxLife.Steps.Except(trace.Select(static reached => reached.Step)).ToList();
        Assert.True(unreached.Count == 0, $"The life does not reach {string.Join(", ", unreached)}: a step that is not reached is not proven.");

        // Each life has one stop in each operation at most, so that it comes to the next one's as an undisturbed one does. In the long run each stop has a life of its own, and every operation its stops.
        var lives = LongRun.IsWanted
            ? [.. trace.Select(static point => new[] { point })]
            : trace.Where(static point => point.Operation is "run" or "suspend" or "remove").GroupBy(static point => point.Operation)
                .SelectMany(static operation => operation.Select(static (point, at) => (Point: point, At: at))).GroupBy(static one => one.At, static one => one.Point).Select(static life => life.ToArray()).ToList();
        var problems = new List<string>();
        var watch = Stopwatch.StartNew();
        foreach (var stops in lives)
        {
            try
            {
                await LifeAsync(stops);
            }
            catch (Exception e) when (!Token.IsCancellationRequested)
            {
                problems.Add($"stopped at {string.Join(", ", stops)}: {e.Message}");
            }
        }

        output.WriteLine($"{lives.Sum(static stops => stops.Length)} stops in {lives.Count} lives, {watch.Elapsed.TotalSeconds:0} s: {string.Join("; ", lives.Select(static stops => string.Join(", ", stops.Select(static stop => $"{stop.Operation}: {stop.Step}"))))}");
        Assert.True(problems.Count == 0, string.Join("\n", problems));
    }

    /// <summary>Lives once, with the engine stopped and started at some points. What is refused meanwhile is tried again, as a caller would.</summary>
    private async Task<List<(string Operation, Step Step)>> LifeAsync(IReadOnlyList<(string Operation, Step Step)> stops)
    {
        using var store = new TemporaryStore();
        var (trace, present, left) = (new List<(string, Step)>(), "", stops.ToHashSet());
        var stopped = false;
        string storeId;
        await using (var runtime = await OpenCodeRuntime.OpenAsync(
            SandboxLife.Configuration(store.DataRoot, DockerEngine.Image) with { DockerEndpoint = $"unix://{_engine.Socket}" }, TimeProvider.System, new StepProbe(Reached), static () => ProcessIdentity.Current, null, Token))
        {
            storeId = runtime.StoreId;
            foreach (var (name, work) in SandboxLife.Operations)
            {
                (present, stopped) = (name, false);
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
                    if (name == "run")
                    {
                        // What ended with the engine, the next command starts again; a stopped one could not be suspended.
                        await work(runtime, Token);
                    }
                }
            }

            Assert.Empty(await runtime.Registry.SandboxesAsync(Token));
        }

        Assert.Empty(left);
        Assert.Empty(await EngineCount.OfAsync(_engine.Socket, storeId));
        return trace;

        void Reached(Step step)
        {
            if (!SandboxLife.Steps.Contains(step))
            {
                return;
            }

            trace.Add((present, step));
            if (left.Remove((present, step)))
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
