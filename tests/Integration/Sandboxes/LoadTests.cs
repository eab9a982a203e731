using System.Collections.Concurrent;
using System.Diagnostics;
using OpenCode.Common;
using OpenCode.Sandboxes;
using OpenCode.Tasks;
using OpenCode.Tests.Integration.Crash;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>Many sandboxes, and much of what comes out of one.</summary>
public sealed class LoadTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Many_tasks_created_run_and_removed_side_by_side_leave_nothing()
    {
        var (tasks, atOnce) = LongRun.IsWanted ? (100, 10) : (20, 5);
        await using var store = await SandboxStore.OpenAsync();
        var firsts = new ConcurrentBag<TimeSpan>();
        var clock = Stopwatch.StartNew();
        await Parallel.ForEachAsync(Enumerable.Range(0, tasks), new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = Test.Token }, async (number, token) =>
        {
            var started = clock.Elapsed;
            var task = await store.NewTaskAsync();
            var first = new First(() => firsts.Add(clock.Elapsed - started));
            var run = await store.Runtime.Executions.RunAsync(task, new RunRequest([$"echo {number}"], Shell: true), Actor.Operator, first, token);
            Assert.Equal((0, $"{number}\n"), (run.ExitCode, run.Stdout));
            await store.Runtime.Tasks.DeleteAsync(task, force: true, token);
        });
        clock.Stop();

        Assert.Equal(tasks, firsts.Count);
        Assert.Empty(await EngineCount.OfAsync(store.Socket, store.StoreId));
        Assert.Empty(await store.Runtime.Sandboxes.ListAsync(null, Test.Token));
        var sorted = firsts.Order().ToList();
        output.WriteLine($"{tasks} tasks, {atOnce} at once: first output after {sorted[tasks / 2].TotalMilliseconds:0} ms (median), {sorted[^1].TotalMilliseconds:0} ms (longest); {tasks / clock.Elapsed.TotalSeconds:0.00} tasks a second from their creation to their removal");
    }

    [Fact]
    public async Task Output_without_end_takes_no_more_memory_than_its_limits()
    {
        var mebibytes = LongRun.IsWanted ? 10_240 : 128;
        await using var store = await SandboxStore.OpenAsync();
        var task = await store.NewTaskAsync();
        await store.RunAsync(task, "true");
        var before = Resident();
        var highest = 0L;
        using var measuring = new Timer(_ => highest = Math.Max(highest, Resident()), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(20));
        var run = await store.Runtime.Executions.RunAsync(task, new RunRequest([$"yes 0123456789abcdef | head -c {mebibytes * 1048576L}"], Shell: true) { Timeout = TimeSpan.FromMinutes(30) }, Actor.Operator, null, Test.Token);
        var file = new FileInfo(Path.Combine(store.Configuration.DataRoot, "tasks", task, "executions", $"{run.Id}.log"));
        Assert.Equal((0, true, mebibytes * 1048576L), (run.ExitCode, run.Truncated, file.Length));
        Assert.InRange(run.Stdout.Length, 1, (1024 * 1024) + 200);
        output.WriteLine($"{mebibytes} MiB of output in {run.Duration!.Value.TotalSeconds:0.0} s; {(highest - before) / 1048576.0:0} MiB more resident at the highest");
        Assert.True(highest - before < 96L << 20, $"{(highest - before) >> 20} MiB more were resident.");
    }

    [Fact]
    public async Task Runtime_of_the_engine_is_taken_and_one_it_has_not_is_named_before_anything_is_made()
    {
        await DockerEngine.NotOnPodmanAsync("it calls every runtime oci");
        await using (var store = await SandboxStore.OpenAsync(static c => c with { DockerRuntime = "runc" }))
        {
            var task = await store.NewTaskAsync();
            await store.RunAsync(task, "true");
            Assert.Equal("runc", (string?)(await Sandbox.CurlAsync("GET", $"/containers/{store.ContainerName(task)}/json"))["HostConfig"]!["Runtime"]);
        }

        await using (var store = await SandboxStore.OpenAsync(static c => c with { DockerRuntime = "nonesuch" }))
        {
            var task = await store.NewTaskAsync();
            var error = await Assert.ThrowsAsync<OpenCodeException>(() => store.RunAsync(task, "true"));
            Assert.Equal(OpenCodeError.NotSupported, error.Error);
            Assert.Contains("'nonesuch'", error.Message, StringComparison.Ordinal);
            Assert.Contains("runc", error.Message, StringComparison.Ordinal);
            Assert.Empty(await EngineCount.OfAsync(store.Socket, store.StoreId));
            Assert.Empty(await store.Runtime.Sandboxes.ListAsync(null, Test.Token));
        }
    }

    [Fact]
    public async Task Image_that_is_not_allowed_is_refused_and_the_log_says_so()
    {
        await using var store = await SandboxStore.OpenAsync(static c => c with { DockerAllowedImages = ["other", $"{c.DockerImage.Split(':')[0]}:*"] });
        Assert.Equal(0, (await store.RunAsync(await store.NewTaskAsync(), "true")).ExitCode);
        var task = await store.NewTaskAsync("evil/image:1");
        Assert.Equal(OpenCodeError.AccessDenied, (await Assert.ThrowsAsync<OpenCodeException>(() => store.RunAsync(task, "true"))).Error);
        var line = (await store.Runtime.Memory.HistoryAsync(task, new LogQuery { Last = 1 }, Test.Token)).Entries.Single();
        Assert.Equal(LogLevel.Warn, line.Level);
        Assert.Contains("'evil/image:1'", line.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Root_is_refused_and_the_log_says_so()
    {
        await using var store = await SandboxStore.OpenAsync();
        var task = await store.NewTaskAsync();
        var refused = await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Executions.RunAsync(task, new RunRequest(["true"], true) { User = "1000:0" }, Actor.Operator, null, Test.Token));
        Assert.Equal(OpenCodeError.AccessDenied, refused.Error);
        var line = (await store.Runtime.Memory.HistoryAsync(task, new LogQuery { Last = 1 }, Test.Token)).Entries.Single();
        Assert.Equal((LogLevel.Warn, refused.Message), (line.Level, line.Message));
        Assert.Empty(await store.Runtime.Sandboxes.ListAsync(null, Test.Token));
    }

    private static long Resident()
    {
        using var self = Process.GetCurrentProcess();
        return self.WorkingSet64;
    }

    /// <summary>Told once, at the first piece of output.</summary>
    private sealed class First(Action tell) : IRunObserver
    {
        private bool _told;

        public void Preparing(SandboxProgress progress)
        {
        }

        public void Output(bool isError, string text)
        {
            if (!_told)
            {
                _told = true;
                tell();
            }
        }
    }
}
