using System.Text.Json.Nodes;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>What the specification's section 8 promises, read back from the engine by another client and felt from inside.</summary>
/// <param name="runner">With a runner in it, or without.</param>
public abstract class HardeningTests(bool runner)
{
    [Fact]
    public async Task Engine_reads_back_the_hardening_and_the_limits()
    {
        await DockerEngine.NotOnPodmanAsync("it lists what it dropped, and not that it was all");
        await using var sandbox = await Sandbox.StartAsync(runner, static plan => plan with { MemoryMiB = 128, CpuShares = 256, PidsLimit = 64 });
        var container = await sandbox.InspectAsync();
        var host = container["HostConfig"]!;
        Assert.Equal(["ALL"], Texts(host["CapDrop"]));
        Assert.Empty(Texts(host["CapAdd"]));
        Assert.Equal(["no-new-privileges"], Texts(host["SecurityOpt"]));
        Assert.False((bool)host["Privileged"]!);
        Assert.True((bool)host["ReadonlyRootfs"]!);
        Assert.True((bool)host["Init"]!);
        Assert.Equal("none", (string?)host["NetworkMode"]);
        Assert.Equal("private", (string?)host["IpcMode"]);
        Assert.Equal("", (string?)host["PidMode"]);
        Assert.Equal("", (string?)host["UTSMode"]);
        Assert.Equal(128L << 20, (long)host["Memory"]!);
        Assert.Equal(128L << 20, (long)host["MemorySwap"]!);
        Assert.Equal(256, (int)host["CpuShares"]!);
        Assert.Equal(64, (int)host["PidsLimit"]!);
        Assert.Empty(Texts(host["Devices"]));
        Assert.Null(host["Binds"]);
        var mounts = container["Mounts"]!.AsArray().ToDictionary(static one => (string)one!["Destination"]!, static one => one!);
        Assert.Equal(runner ? ["/.opencode/runner", "/workspace"] : ["/workspace"], mounts.Keys.Order(StringComparer.Ordinal));
        Assert.All(mounts.Values, static one => Assert.Equal("bind", (string?)one["Type"]));
        Assert.All(mounts.Where(static one => one.Key != "/workspace"), static one => Assert.False((bool)one.Value["RW"]!));
        var mount = mounts["/workspace"];
        Assert.Equal(sandbox.Specification.Workspace, (string?)mount["Source"]);
        Assert.Equal("/workspace", (string?)mount["Destination"]);
        Assert.True((bool)mount["RW"]!);
        Assert.Equal("/workspace", (string?)container["Config"]!["WorkingDir"]);
        Assert.NotEqual("0", ((string)container["Config"]!["User"]!).Split(':')[0]);
    }

    [Fact]
    public async Task Labels_say_whose_it_is()
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        var labels = (await sandbox.InspectAsync())["Config"]!["Labels"]!;
        var plan = sandbox.Specification;
        Assert.Equal("true", (string?)labels["opencode.managed"]);
        Assert.Equal(plan.TaskId, (string?)labels["opencode.task.id"]);
        Assert.Equal(plan.StoreId, (string?)labels["opencode.store.id"]);
        Assert.Equal(plan.Owner.Host, (string?)labels["opencode.owner.host"]);
        Assert.Equal($"{plan.Owner.ProcessId}", (string?)labels["opencode.owner.pid"]);
        Assert.Equal(plan.Owner.Started, (string?)labels["opencode.owner.started"]);
    }

    [Fact]
    public async Task Process_inside_has_no_power()
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        var status = await sandbox.ReadAsync("cat /proc/self/status");
        Assert.Matches("Max core file size +0 +0 ", await sandbox.ReadAsync("cat /proc/self/limits"));
        foreach (var capabilities in (string[])["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
        {
            Assert.Contains($"{capabilities}:\t0000000000000000\n", status);
        }

        Assert.Contains("NoNewPrivs:\t1\n", status);
        // 2: filtered by the engine's default profile.
        Assert.Contains("Seccomp:\t2\n", status);
        Assert.NotEqual("0", await sandbox.ReadAsync("id -u"));
        Assert.NotEqual("0", await sandbox.ReadAsync("id -g"));
    }

    [Fact]
    public async Task Root_is_read_only_and_the_workspace_and_tmp_are_not()
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        Assert.Contains("Read-only file system", await sandbox.ReadAsync("(echo no >/bin/no) 2>&1 || true; (mkdir /etc/no) 2>&1 || true"));
        await File.WriteAllTextAsync(Path.Combine(sandbox.Specification.Workspace, "in"), "from outside", Test.Token);
        Assert.Equal("from outside", await sandbox.ReadAsync("cat /workspace/in; echo from inside >/workspace/out; mkdir -p ~/.cache /tmp/x"));
        Assert.Equal("from inside\n", await File.ReadAllTextAsync(Path.Combine(sandbox.Specification.Workspace, "out"), Test.Token));
        Assert.Equal("runs", await sandbox.ReadAsync("printf '#!/bin/sh\\necho runs\\n' >/tmp/program; chmod +x /tmp/program; /tmp/program"));
        // Sized: half of the memory.
        Assert.Contains("No space left", await sandbox.ReadAsync("dd if=/dev/zero of=/tmp/big bs=1M count=600 2>&1; rm /tmp/big; true"));
    }

    [Fact]
    public async Task Network_is_nothing_but_loopback()
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        Assert.Equal("lo", await sandbox.ReadAsync("ls /sys/class/net"));
        Assert.Equal("lo:", await sandbox.ReadAsync("awk 'NR > 2 { print $1 }' /proc/net/dev"));
    }

    [Fact]
    public async Task Process_limit_is_felt()
    {
        await using var sandbox = await Sandbox.StartAsync(runner, static plan => plan with { PidsLimit = 30 });
        var output = new RecordedOutput();
        await sandbox.RunAsync("for i in $(seq 60); do sleep 20 & done", output, TimeSpan.FromSeconds(10), Test.Token);
        Assert.Contains("can't fork", output.Error);
        // What is left of it holds every process there may be: even then a sandbox can be removed, which disposal does.
    }

    [Fact]
    public async Task Memory_limit_kills_the_command_and_says_so()
    {
        await DockerEngine.NotOnPodmanAsync("the kernel's kill is not among its events");
        await using var sandbox = await Sandbox.StartAsync(runner, static plan => plan with { MemoryMiB = 32 });
        var outcome = await sandbox.RunAsync("exec awk 'BEGIN { s = \"0123456789abcdef\"; while (1) s = s s }'", new RecordedOutput());
        Assert.Equal(137, outcome.ExitCode);
        Assert.True(outcome.OutOfMemory);
        Assert.Equal("works", await sandbox.ReadAsync("echo works"));
        var killed = await sandbox.RunAsync("kill -9 $$", new RecordedOutput());
        Assert.Equal(137, killed.ExitCode);
        Assert.False(killed.OutOfMemory);
    }

    [Fact]
    public async Task Init_reaps_what_commands_leave_behind()
    {
        await using var sandbox = await Sandbox.StartAsync(runner);
        await sandbox.ReadAsync("for i in 1 2 3 4 5; do (sleep 0.1 &) ; done; sleep 1");
        Assert.DoesNotContain(await sandbox.ProcessesAsync(), static line => line.Contains(" Z"));
    }

    private static string[] Texts(JsonNode? node) => [.. (node?.AsArray() ?? []).Select(static one => one!.ToString())];
}
