using System.Text.Json.Nodes;
using OpenCode.Sandboxes;
using OpenCode.Sandboxes.Docker;
using OpenCode.Sandboxes.Docker.Runners;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>What there is only with a runner: commands can see it, and try to do something to it.</summary>
public sealed class RunnerTests
{
    private const string RunnerPids = "ps -o pid,args | awk '/[o]pencode.runner/ { print $1 }'";

    [Fact]
    public async Task Command_is_a_grandchild_of_the_runner_and_has_nothing_of_its_open()
    {
        await using var sandbox = await Sandbox.StartAsync(true);
        Assert.Contains(RunnerProgram.Path, await sandbox.ReadAsync("tr '\\0' ' ' </proc/$PPID/cmdline"));
        // 3 is the listing's own.
        Assert.Equal("0 1 2 3", await sandbox.ReadAsync("echo $(ls /proc/self/fd)"));
        Assert.Equal(":exec_3:", await sandbox.ReadAsync("echo $OPENCODE_EXECUTION"));
        // In a session of its own, and with its signals, rights, limits and variables as by exec: one with a user goes that way.
        foreach (var look in (string[])["cat /proc/self/status | grep -E 'Sig(Blk|Ign|Cgt)|Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp|Umask'", "cat /proc/self/limits", "env | grep -v ^OPENCODE_EXECUTION= | sort", "cat /proc/self/oom_score_adj /proc/self/cgroup"])
        {
            var output = new RecordedOutput();
            await sandbox.Host.RunAsync(sandbox.Container.Id, new SandboxCommand("exec_by", [look], true, "", TimeSpan.FromSeconds(30)) { User = SandboxUser.Number() }, output, Test.Token);
            Assert.Equal(output.Out.TrimEnd('\n'), await sandbox.ReadAsync(look));
        }

        Assert.Equal("yes", await sandbox.ReadAsync("set -- $(cat /proc/self/stat); [ $6 = $$ ] && echo yes"));
    }

    [Fact]
    public async Task Runner_cannot_be_looked_into_or_written_to()
    {
        await using var sandbox = await Sandbox.StartAsync(true);
        var output = new RecordedOutput();
        await sandbox.RunAsync($"for pid in $({RunnerPids}); do ls /proc/$pid/fd; cat /proc/$pid/environ; echo x >/proc/$pid/fd/1; dd if=/proc/$pid/mem bs=1 count=1; done; echo tried", output);
        Assert.Equal("tried\n", output.Out);
        Assert.Contains("Permission denied", output.Error);
        Assert.Contains("Read-only file system", await sandbox.ReadAsync($"(echo x >>{RunnerProgram.Path}; rm {RunnerProgram.Path}) 2>&1 || true"));
    }

    [Fact]
    public async Task Runner_that_is_killed_from_inside_interrupts_its_commands_and_the_next_one_has_another()
    {
        await using var sandbox = await Sandbox.StartAsync(true);
        var other = new RecordedOutput();
        var waiting = sandbox.RunAsync("echo ready; (setsid sleep 801 &); sleep 802", other);
        await other.Seen("ready");
        var error = await Assert.ThrowsAsync<OpenCodeException>(() => sandbox.RunAsync($"(setsid sleep 803 &); kill -KILL $({RunnerPids}); sleep 804", new RecordedOutput()));
        Assert.Equal(OpenCodeError.SandboxFailed, error.Error);
        Assert.Contains("interrupted", error.Message);
        Assert.Contains("interrupted", (await Assert.ThrowsAsync<OpenCodeException>(() => waiting)).Message);
        Assert.DoesNotContain(await sandbox.ProcessesAsync(), static line => line.Contains("sleep 80"));
    }

    [Fact]
    public async Task Keeper_that_is_killed_by_its_command_interrupts_that_command_alone()
    {
        await using var sandbox = await Sandbox.StartAsync(true);
        var other = new RecordedOutput();
        var waiting = sandbox.RunAsync("echo ready; until [ -e go ]; do sleep 0.05; done; echo went", other);
        await other.Seen("ready");
        var error = await Assert.ThrowsAsync<OpenCodeException>(() => sandbox.RunAsync("(setsid sleep 811 &); kill -KILL $PPID; sleep 812", new RecordedOutput()));
        Assert.Contains("interrupted", error.Message);
        Assert.DoesNotContain(await sandbox.ProcessesAsync(), static line => line.Contains("sleep 81"));
        await sandbox.ReadAsync("touch go");
        Assert.Equal(0, (await waiting).ExitCode);
        Assert.Equal("ready\nwent\n", other.Out);
    }

    [Fact]
    public async Task Runner_that_is_stopped_from_inside_keeps_no_time_limit_from_being_kept()
    {
        await using var sandbox = await Sandbox.StartAsync(true);
        var outcome = await sandbox.RunAsync($"kill -STOP $({RunnerPids}); sleep 821", new RecordedOutput(), TimeSpan.FromSeconds(2), Test.Token).WaitAsync(TimeSpan.FromSeconds(60), Test.Token);
        Assert.True(outcome.TimedOut);
        Assert.DoesNotContain(await sandbox.ProcessesAsync(), static line => line.Contains("sleep 82"));
    }

    [Fact]
    public async Task Sandbox_at_its_process_limit_refuses_a_command_clearly_and_what_runs_can_be_ended()
    {
        await using var sandbox = await Sandbox.StartAsync(true, static plan => plan with { PidsLimit = 20 });
        using var stop = new CancellationTokenSource();
        var output = new RecordedOutput();
        // With init, its sleep, the runner, the keeper and the shell they are 20.
        var full = sandbox.RunAsync("for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do sleep 831 & done; echo full; wait", output, TimeSpan.FromMinutes(5), stop.Token);
        await output.Seen("full");
        var error = await Assert.ThrowsAsync<OpenCodeException>(() => sandbox.RunAsync("true", new RecordedOutput()));
        Assert.Equal(OpenCodeError.LimitExceeded, error.Error);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => full);
        Assert.Equal("works", await sandbox.ReadAsync("echo works"));
    }

    [Fact]
    public async Task What_a_command_left_running_goes_on_and_may_write()
    {
        await using var sandbox = await Sandbox.StartAsync(true);
        await sandbox.RunAsync("(until [ -e go ]; do sleep 0.05; done; echo much; echo more; touch wrote) & true", new RecordedOutput());
        await sandbox.ReadAsync("touch go; until [ -e wrote ]; do sleep 0.05; done");
    }

    [Fact]
    public async Task Runner_goes_with_who_holds_it_and_so_does_what_it_ran()
    {
        await using var sandbox = await Sandbox.StartAsync(true);
        var host = DockerEngine.Host();
        await using (host)
        {
            await host.EnsureAsync(sandbox.Specification, null, Test.Token);
            var left = new SandboxCommand("exec_left", ["(setsid sleep 841 >/dev/null 2>&1 &)"], true, "", TimeSpan.FromSeconds(30));
            Assert.Equal(0, (await host.RunAsync(sandbox.Container.Id, left, new RecordedOutput(), Test.Token)).ExitCode);
            var output = new RecordedOutput();
            var running = host.RunAsync(sandbox.Container.Id, new SandboxCommand("exec_running", ["echo ready; setsid sleep 842 & sleep 843"], true, "", TimeSpan.FromMinutes(5)), output, Test.Token);
            await output.Seen("ready");
            await host.DisposeAsync();
            await Assert.ThrowsAnyAsync<Exception>(() => running);
        }

        string[] seen;
        do
        {
            seen = await TopAsync(sandbox);
        }
        while (seen.Any(static one => one.Contains(RunnerProgram.Path) || one.Contains("sleep 842") || one.Contains("sleep 843")));
        // As after an exec, what an ended command left is nobody's to end.
        Assert.Contains(seen, static one => one.Contains("sleep 841"));
    }

    [Fact]
    public async Task Command_by_exec_is_killed_beside_the_runner_and_the_runner_lives()
    {
        await using var sandbox = await Sandbox.StartAsync(true);
        var output = new RecordedOutput();
        using var stop = new CancellationTokenSource();
        var by = new SandboxCommand("exec_by", ["(env -i setsid sleep 851 &); echo ready; sleep 852"], true, "", TimeSpan.FromMinutes(5)) { User = SandboxUser.Number() };
        // The runner is younger than what is killed.
        var exec = sandbox.Host.RunAsync(sandbox.Container.Id, by, output, stop.Token);
        await output.Seen("ready");
        var other = new RecordedOutput();
        var running = sandbox.RunAsync("echo ready; until [ -e /tmp/go ]; do sleep 0.05; done", other);
        await other.Seen("ready");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => exec);
        await sandbox.ReadAsync("touch /tmp/go");
        Assert.Equal(0, (await running).ExitCode);
    }

    [Fact]
    public async Task Paused_sandbox_says_so_instead_of_waiting()
    {
        await using var sandbox = await Sandbox.StartAsync(true);
        await sandbox.ReadAsync("true");
        await sandbox.Host.PauseAsync(sandbox.Specification, true, Test.Token);
        var run = sandbox.RunAsync("touch ran", new RecordedOutput());
        var error = await Assert.ThrowsAsync<OpenCodeException>(() => run.WaitAsync(TimeSpan.FromSeconds(90), Test.Token));
        Assert.Contains("paused", error.Message);
    }

    [Fact]
    public async Task Container_that_was_made_without_a_runner_goes_by_exec()
    {
        await using var sandbox = await Sandbox.StartAsync(false);
        await sandbox.Host.EnsureAsync(sandbox.Specification with { RunnerFolder = Path.GetTempPath() }, null, Test.Token);
        Assert.Equal("works", await sandbox.ReadAsync("echo works"));
        Assert.NotNull(sandbox.Host.WhyNoRunner(sandbox.Container.Id));
    }

    [Fact]
    public async Task Input_reaches_the_command_and_what_is_not_read_keeps_nothing_from_ending()
    {
        await using var sandbox = await Sandbox.StartAsync(true);
        using var input = new MemoryStream([.. Enumerable.Repeat((byte)'x', 3_000_000)]);
        var output = new RecordedOutput();
        await sandbox.Host.RunAsync(sandbox.Container.Id, new SandboxCommand("exec_in", ["wc -c; cat"], true, "", TimeSpan.FromSeconds(60)) { Input = input }, output, Test.Token);
        Assert.Equal("3000000\n", output.Out);
        using var endless = new Endless();
        var outcome = await sandbox.Host.RunAsync(sandbox.Container.Id, new SandboxCommand("exec_un", ["head -c 5; exit 7"], true, "", TimeSpan.FromSeconds(60)) { Input = endless }, output, Test.Token);
        Assert.Equal(7, outcome.ExitCode);
    }

    [Theory]
    [InlineData("no-such-program", "", 127, "not found")]
    [InlineData("/no/such/program", "", 127, "no such file")]
    [InlineData("/etc/passwd", "", 126, "permission denied")]
    [InlineData("true", "/no/such/folder", 126, "no such file")]
    [InlineData("true", "/etc/passwd", 126, "not a directory")]
    public async Task Command_that_cannot_start_says_what_is_wrong(string program, string folder, int code, string said)
    {
        await using var sandbox = await Sandbox.StartAsync(true);
        var output = new RecordedOutput();
        var outcome = await sandbox.Host.RunAsync(sandbox.Container.Id, new SandboxCommand("exec_no", [program], false, folder, TimeSpan.FromSeconds(30)), output, Test.Token);
        Assert.Equal(code, outcome.ExitCode);
        Assert.Contains(said, output.Error);
        Assert.Contains(program, output.Error);
    }

    private static async Task<string[]> TopAsync(Sandbox sandbox) =>
        [.. (await Sandbox.CurlAsync("GET", $"/containers/{sandbox.Container.Id}/top"))["Processes"]!.AsArray().Select(static (JsonNode? one) => one!.ToJsonString())];

    private sealed class Endless : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Clear();
            return ValueTask.FromResult(buffer.Length);
        }
    }
}
