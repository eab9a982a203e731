using System.Diagnostics;
using System.Globalization;
using OpenCode.Common;
using OpenCode.Registry;
using OpenCode.Sandboxes;
using OpenCode.Sandboxes.Docker;
using OpenCode.Tasks;

namespace OpenCode.Bench.Rows;

/// <summary>
/// A command in a sandbox, recorded and with its output kept, beside the engine's own calls for the same container: cold, with the container made for it, warm by the runner in it and by
/// exec, and the first one of a task whose container was kept ready.
/// Then what it costs to measure many sandboxes. The image is OPENCODE_BENCH_IMAGE, which has to be on the engine.
/// </summary>
internal sealed class SandboxCommands : Benchmark
{
    private const double MostCold = 1.15;
    private const double MostWarm = 1.10;
    private const double MostByRunner = 0.1;
    private const double MostPooled = 1.25;
    private const double MostOfCold = 0.4;
    private const int Measured = 20;
    private const double MostOfACore = 0.03;

    private static readonly RunRequest Echo = new(["echo", "hello"], false);

    public override string Name => "sandbox";

    public override async IAsyncEnumerable<BenchRow> RunAsync(BenchContext bench)
    {
        var image = Environment.GetEnvironmentVariable("OPENCODE_BENCH_IMAGE") is { Length: > 0 } given ? given : "opencode-test:busybox";
        var endpoint = DockerEndpoint.Resolve(null);
        await using var runtime = await OpenCodeRuntime.OpenAsync(bench.Store() with { DockerImage = image }, BenchContext.Token);
        if (endpoint.Address is null || await MissingAsync(runtime) is not null)
        {
            yield return new BenchRow("sandboxes: no Docker Engine answers", "not measured here", "", "", "", null);
            yield break;
        }

        using var raw = new RawEngine(endpoint.Address);
        yield return await ColdAsync(bench, runtime, raw, image);
        yield return await WarmAsync(bench, runtime, raw, image, "warm: a command by the runner, recorded", MostByRunner);
        await using (var byExec = await OpenCodeRuntime.OpenAsync(bench.Store() with { DockerImage = image, DockerRunner = false }, BenchContext.Token))
        {
            yield return await WarmAsync(bench, byExec, raw, image, "warm: a command by exec, recorded", MostWarm);
        }

        await foreach (var row in PoolAsync(bench, runtime, raw, image))
        {
            yield return row;
        }

        yield return await WatchAsync(bench, runtime);
        await foreach (var task in runtime.Tasks.StreamAsync(new TaskQuery(), BenchContext.Token))
        {
            await runtime.Tasks.DeleteAsync(task.Id, true, BenchContext.Token);
        }
    }

    private static async Task<string?> MissingAsync(OpenCodeRuntime runtime)
    {
        try
        {
            await runtime.Executions.PingAsync(BenchContext.Token);
            return null;
        }
        catch (OpenCodeException e)
        {
            return e.Message;
        }
    }

    private static async Task<BenchRow> ColdAsync(BenchContext bench, OpenCodeRuntime runtime, RawEngine raw, string image)
    {
        var times = new List<(double Ours, double Raw)>();
        for (var round = 0; round <= bench.Count(15, 3); round++)
        {
            var task = await runtime.Tasks.CreateAsync(new NewTask { Name = "cold" }, BenchContext.Token);
            var ours = await TimeAsync(() => RunAsync(runtime, task.Id));
            await runtime.Tasks.DeleteAsync(task.Id, true, BenchContext.Token);
            var container = "";
            var limit = await TimeAsync(async () =>
            {
                container = await raw.CreateAsync(Specification(bench, image));
                await raw.ExecAsync(container, "echo", "hello");
            });
            await raw.RemoveAsync(container);
            times.Add((ours, limit));
        }

        return Row("cold: the first command of a task, container and all", times.Skip(1), MostCold);
    }

    private static async Task<BenchRow> WarmAsync(BenchContext bench, OpenCodeRuntime runtime, RawEngine raw, string image, string what, double most)
    {
        var task = await runtime.Tasks.CreateAsync(new NewTask { Name = "warm" }, BenchContext.Token);
        var container = await raw.CreateAsync(Specification(bench, image));
        var times = new List<(double Ours, double Raw)>();
        for (var round = 0; round <= bench.Count(60, 10); round++)
        {
            times.Add((await TimeAsync(() => RunAsync(runtime, task.Id)), await TimeAsync(() => raw.ExecAsync(container, "echo", "hello"))));
        }

        await raw.RemoveAsync(container);
        await runtime.Tasks.DeleteAsync(task.Id, true, BenchContext.Token);
        return Row(what, times.Skip(1), most);
    }

    private static async IAsyncEnumerable<BenchRow> PoolAsync(BenchContext bench, OpenCodeRuntime cold, RawEngine raw, string image)
    {
        await using var runtime = await OpenCodeRuntime.OpenAsync(bench.Store() with { DockerImage = image, DockerWarmPool = 1 }, BenchContext.Token);
        var container = await raw.CreateAsync(Specification(bench, image));
        var (ofExec, ofCold) = (new List<(double Ours, double Raw)>(), new List<(double Ours, double Raw)>());
        for (var round = 0; round <= bench.Count(15, 3); round++)
        {
            await runtime.Pool.FillAsync(BenchContext.Token);
            var ours = await FirstAsync(runtime);
            ofExec.Add((ours, await TimeAsync(() => raw.ExecAsync(container, "echo", "hello"))));
            ofCold.Add((ours, await FirstAsync(cold)));
        }

        await raw.RemoveAsync(container);
        if (await runtime.Pool.StandingAsync(BenchContext.Token) is var standing && (standing.Hits != ofExec.Count || standing.Misses != 0))
        {
            throw new InvalidOperationException($"{standing.Hits} of {ofExec.Count} sandboxes came from the pool; the figure would be worth nothing.");
        }

        yield return Row("from the pool: the first command of a task, beside one exec", ofExec.Skip(1), MostPooled);
        yield return Row("from the pool: the first command of a task, beside a cold one", ofCold.Skip(1), MostOfCold);
    }

    private static async Task<double> FirstAsync(OpenCodeRuntime runtime)
    {
        var task = await runtime.Tasks.CreateAsync(new NewTask { Name = "first" }, BenchContext.Token);
        var time = await TimeAsync(() => RunAsync(runtime, task.Id));
        await runtime.Tasks.DeleteAsync(task.Id, true, BenchContext.Token);
        return time;
    }

    private static async Task<BenchRow> WatchAsync(BenchContext bench, OpenCodeRuntime runtime)
    {
        var count = bench.Count(Measured, 2);
        for (var i = 0; i < count; i++)
        {
            await RunAsync(runtime, (await runtime.Tasks.CreateAsync(new NewTask { Name = "measured" }, BenchContext.Token)).Id);
        }

        var seconds = bench.Count(20, 4);
        using var stop = new CancellationTokenSource();
        var (samples, began, used) = (0, 0L, TimeSpan.Zero);
        try
        {
            await foreach (var _ in runtime.Measures.MeasureAsync(null, true, e => throw e, stop.Token))
            {
                if (samples++ == 2 * count) // warm
                {
                    (began, used) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
                }

                if (samples == (2 + seconds) * count)
                {
                    break;
                }
            }
        }
        finally
        {
            await stop.CancelAsync();
        }

        var part = (Environment.CpuUsage.TotalTime - used) / Stopwatch.GetElapsedTime(began);
        return new BenchRow(
            string.Create(CultureInfo.InvariantCulture, $"measuring {count} sandboxes, one sample a second: of one core"), $"{part:0.0 %}", "", "", bench.Quick ? "" : $"< {MostOfACore:0 %}", bench.Quick ? null : part < MostOfACore);
    }

    private static async Task RunAsync(OpenCodeRuntime runtime, string task)
    {
        var execution = await runtime.Executions.RunAsync(task, Echo, Actor.Operator, null, BenchContext.Token);
        if (execution is not { ExitCode: 0, Stdout: "hello\n" })
        {
            throw new InvalidOperationException($"The command ended with {execution.ExitCode} and wrote '{execution.Stdout}'; the figure would be worth nothing.");
        }
    }

    private static SandboxSpecification Specification(BenchContext bench, string image) => new()
    {
        StoreId = Guid.NewGuid().ToString("N"),
        TaskId = "bench",
        Image = image,
        Workspace = bench.Folder(),
        Owner = ProcessIdentity.Current,
        NamePrefix = "ocbench",
    };

    private static async Task<double> TimeAsync(Func<Task> work)
    {
        var began = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    private static BenchRow Row(string what, IEnumerable<(double Ours, double Raw)> times, double most)
    {
        var all = times.ToList();
        var (ours, raw, ratio) = (Pairs.Quantile(all.Select(t => t.Ours), 0.5), Pairs.Quantile(all.Select(t => t.Raw), 0.5), Pairs.Quantile(all.Select(t => t.Ours / t.Raw), 0.5));
        return new BenchRow(what, $"{ours:0.0} ms", $"{raw:0.0} ms", $"{ratio:0.00}", $"≤ {most:0.00}", ratio <= most);
    }
}
