using System.Diagnostics;
using OpenCode.Sandboxes;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>The same for both ways a command can go.</summary>
/// <param name="runner">By the runner, or by the engine's exec.</param>
public abstract class KillTests(bool runner)
{
    /// <summary>Every way out of a process tree that a shell has; each announces itself, and the last line says that all are there.</summary>
    private const string Tree = """
        (trap '' TERM HUP INT; while :; do sleep 301; done) &
        setsid sh -c 'trap "" TERM HUP; while :; do sleep 302; done' &
        (setsid sh -c '(trap "" TERM; sleep 303) & exit 0' &)
        env -i sleep 304 &
        (env -i setsid sh -c '(exec env -i sleep 305) & exit 0' &)
        sleep 306 >/dev/null 2>&1 </dev/null &
        until [ $(ps -o args | grep -cE '(^|} )sleep 30[1-6]') = 6 ]; do :; done
        echo ready
        sleep 307
        """;

    [Fact]
    public async Task Timeout_kills_the_whole_tree_and_the_next_command_works()
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        var started = await StartedAtAsync(sandbox);
        var output = new RecordedOutput();
        var watch = Stopwatch.StartNew();
        var outcome = await sandbox.RunAsync(Tree, output, TimeSpan.FromSeconds(8), Test.Token);
        Assert.True(outcome.TimedOut);
        Assert.Null(outcome.ExitCode);
        Assert.Contains("ready", output.Out);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"{watch.Elapsed}");
        await AssertUsableAsync(sandbox, started);
    }

    [Fact]
    public async Task Cancellation_kills_the_whole_tree_and_the_next_command_works()
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        var started = await StartedAtAsync(sandbox);
        using var stop = new CancellationTokenSource();
        var output = new RecordedOutput();
        var run = sandbox.RunAsync(Tree, output, TimeSpan.FromMinutes(5), stop.Token);
        await output.Seen("ready");
        var watch = Stopwatch.StartNew();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{watch.Elapsed}");
        await AssertUsableAsync(sandbox, started);
    }

    [Fact]
    public async Task Cancellation_in_the_middle_of_a_flood_does_not_hang()
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        var started = await StartedAtAsync(sandbox);
        using var stop = new CancellationTokenSource();
        var run = sandbox.RunAsync("cat /dev/zero & cat /dev/zero >&2 & yes", new Counting(stop, 1 << 20), TimeSpan.FromMinutes(5), stop.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(TimeSpan.FromSeconds(40), Test.Token));
        await AssertUsableAsync(sandbox, started);
    }

    [Fact]
    public async Task Timeout_while_the_taker_of_output_is_stuck_ends_the_command_all_the_same()
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        var started = await StartedAtAsync(sandbox);
        using var stuck = new Stuck();
        var run = sandbox.RunAsync("yes", stuck, TimeSpan.FromSeconds(1), Test.Token);
        // Through another door, because ours is the one that is stuck.
        while ((await Sandbox.CurlAsync("GET", $"/containers/{sandbox.Container.Id}/top"))["Processes"]!.ToJsonString().Contains("yes"))
        {
            Assert.False(run.IsCompleted);
        }

        stuck.Go.Set();
        Assert.True((await run.WaitAsync(TimeSpan.FromSeconds(40), Test.Token)).TimedOut);
        await AssertUsableAsync(sandbox, started);
    }

    [Fact]
    public async Task Kill_spares_other_commands_and_what_earlier_ones_left_running()
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        await sandbox.ReadAsync("sleep 401 >/dev/null 2>&1 & env -i sleep 402 >/dev/null 2>&1 & sleep 3");
        var output = new RecordedOutput();
        using var stop = new CancellationTokenSource();
        var other = sandbox.RunAsync("echo ready; env -i sleep 403", output, TimeSpan.FromMinutes(5), stop.Token);
        await output.Seen("ready");
        Assert.True((await sandbox.RunAsync("sleep 404", new RecordedOutput(), TimeSpan.FromSeconds(1), Test.Token)).TimedOut);
        var left = await sandbox.ProcessesAsync();
        Assert.Equal(["sleep 401", "sleep 402", "sleep 403"], left.Where(static line => line.Contains("sleep 4") && !line.Contains("echo")).Select(static line => line[line.IndexOf("sleep", StringComparison.Ordinal)..]).Order());
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other);
    }

    [Fact]
    public async Task Execution_whose_id_begins_with_anothers_is_not_killed_with_it()
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        using var stop = new CancellationTokenSource();
        var output = new RecordedOutput();
        var longer = sandbox.Host.RunAsync(sandbox.Container.Id, new SandboxCommand("exec_a1", ["echo ready; sleep 501"], true, "", TimeSpan.FromMinutes(5)), output, stop.Token);
        await output.Seen("ready");
        await sandbox.Host.RunAsync(sandbox.Container.Id, new SandboxCommand("exec_a", ["sleep 502"], true, "", TimeSpan.FromMilliseconds(500)), new RecordedOutput(), Test.Token);
        Assert.Contains(await sandbox.ProcessesAsync(), static line => line.Contains("sleep 501"));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => longer);
    }

    [Fact]
    public async Task Fork_bomb_is_ended_and_the_sandbox_stays_usable()
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        var outcome = await sandbox.RunAsync("echo 'BEGIN { while (1) system(\"awk -f /workspace/bomb &\") }' >bomb; exec awk -f bomb 2>/dev/null", new RecordedOutput(), TimeSpan.FromSeconds(3), Test.Token);
        Assert.True(outcome.TimedOut);
        Assert.Equal("works", await sandbox.ReadAsync("echo works"));
        Assert.Equal(2, (await sandbox.ProcessesAsync()).Count(static line => !line.Contains("/bin/sh -c")));
    }

    [Fact]
    public async Task Image_without_a_shell_is_killed_by_the_runner_or_by_restarting_the_container()
    {
        await DockerEngine.RequireAsync();
        await TestImages.WithoutShellAsync();
        await using var sandbox = await Sandbox.StartAsync(runner, static plan => plan with { Image = "opencode-test:noshell" });
        var (container, started) = (sandbox.Container, await StartedAtAsync(sandbox));
        var outcome = await sandbox.Host.RunAsync(container.Id, new SandboxCommand("exec_1", ["sleep", "601"], false, "", TimeSpan.FromSeconds(1)), new RecordedOutput(), Test.Token);
        Assert.True(outcome.TimedOut);
        var next = await sandbox.Host.RunAsync(container.Id, new SandboxCommand("exec_2", ["busybox", "ps", "-o", "args"], false, "", TimeSpan.FromSeconds(30)), new RecordedOutput(), Test.Token);
        Assert.Equal(0, next.ExitCode);
        Assert.Equal(runner, started == await StartedAtAsync(sandbox));
    }

    [Fact]
    public async Task Cancelled_before_it_began_starts_nothing()
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sandbox.RunAsync("touch began", new RecordedOutput(), TimeSpan.FromSeconds(30), new CancellationToken(true)));
        Assert.Equal("", await sandbox.ReadAsync("ls"));
    }

    [Fact]
    public async Task Cancelled_at_any_moment_leaves_nothing_running()
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        var random = new Random(7);
        for (var round = 0; round < 15; round++)
        {
            using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(0, 150)));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sandbox.RunAsync("sleep 701 & setsid sleep 702", new RecordedOutput(), TimeSpan.FromSeconds(30), stop.Token));
        }

        Assert.DoesNotContain(await sandbox.ProcessesAsync(), static line => line.Contains("sleep 70"));
    }

    private static async Task<string> StartedAtAsync(Sandbox sandbox) => (string)(await sandbox.InspectAsync())["State"]!["StartedAt"]!;

    /// <summary>Nothing of the command is there, the next one works, and the container was not restarted for it.</summary>
    private static async Task AssertUsableAsync(Sandbox sandbox, string started)
    {
        Assert.DoesNotContain(await sandbox.ProcessesAsync(), static line => line.Contains("sleep 30") || line.Contains("cat ") || line.Contains("yes"));
        Assert.Equal("works", await sandbox.ReadAsync("echo works"));
        Assert.Equal(started, await StartedAtAsync(sandbox));
    }

    private sealed class Stuck : ICommandOutput, IDisposable
    {
        public ManualResetEventSlim Go { get; } = new();

        public void Write(bool isError, ReadOnlySpan<byte> bytes) => Assert.True(Go.Wait(TimeSpan.FromSeconds(60)));

        public void Dispose() => Go.Dispose();
    }

    private sealed class Counting(CancellationTokenSource stop, long after) : ICommandOutput
    {
        private long _bytes;

        public void Write(bool isError, ReadOnlySpan<byte> bytes)
        {
            _bytes += bytes.Length;
            if (_bytes > after)
            {
                stop.Cancel();
            }
        }
    }
}
