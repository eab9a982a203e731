using OpenCode.Registry;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>I8: ways out of a sandbox, tried from inside. Addresses tried are this machine's own and those of the test's own containers.</summary>
public sealed class EscapeTests
{
    [Theory]
    [InlineData("mount -t tmpfs none /tmp")]
    [InlineData("mount --bind / /tmp")]
    [InlineData("umount /workspace")]
    [InlineData("mknod /tmp/disk b 8 0")]
    [InlineData("chroot / true")]
    [InlineData("hostname other")]
    [InlineData("unshare -Ur true")]
    [InlineData("nsenter -t 1 -m true")]
    [InlineData("echo 1 >/proc/sys/kernel/sysrq")]
    [InlineData("echo b >/proc/sysrq-trigger")]
    [InlineData("echo 0 >/sys/kernel/mm/ksm/run")]
    [InlineData("echo >/etc/passwd")]
    [InlineData("ls /var/run/docker.sock")]
    [InlineData("ls /run/docker.sock")]
    public async Task Way_out_is_closed(string attempt)
    {
        if (attempt.StartsWith("unshare", StringComparison.Ordinal))
        {
            await DockerEngine.NotOnPodmanAsync("its seccomp profile allows a user namespace");
        }

        await using var sandbox = await Sandbox.StartAsync();
        var output = new RecordedOutput();
        Assert.NotEqual(0, (await sandbox.RunAsync(attempt, output)).ExitCode);
        Assert.DoesNotContain("not found", output.Error.Replace("No such file", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(SandboxNetwork.Internal)]
    [InlineData(SandboxNetwork.Bridge)]
    public async Task Another_tasks_container_cannot_be_reached(SandboxNetwork network)
    {
        await DockerEngine.NotOnPodmanAsync("no networks");
        await using var store = await SandboxStore.OpenAsync();
        var (one, other) = (await store.NewTaskAsync(), await store.NewTaskAsync());
        foreach (var task in (string[])[one, other])
        {
            await store.Runtime.Sandboxes.ConfigureAsync(task, new SandboxSettings(network, null, null, null), Test.Token);
        }

        var address = (await store.RunAsync(other, "ip -o -4 addr show scope global | awk '{ print $4 }' | cut -d/ -f1")).Stdout.Trim();
        Assert.Matches(@"^10\.\d+\.\d+\.\d+$", address);
        await store.RunAsync(other, "(nc -l -p 8080 -e echo reached &) ; sleep 0.2");
        var attempt = await store.RunAsync(one, $"nc -w 2 {address} 8080 </dev/null; echo \"nc $?\"; ping -c 1 -W 1 {address}; echo \"ping $?\"");
        Assert.DoesNotContain("reached", attempt.Stdout);
        // Both were tried, and neither for want of a program.
        Assert.Matches(@"nc 1\n(.*\n)*ping 1\n", attempt.Stdout);

        // The listener, which serves one caller only, is still there: from its own side it is reached.
        Assert.Contains("reached", (await store.RunAsync(other, $"nc -w 2 {address} 8080 </dev/null")).Stdout);
    }

    [Fact]
    public async Task Processes_of_another_tasks_container_are_neither_seen_nor_traced()
    {
        await using var store = await SandboxStore.OpenAsync();
        var (one, other) = (await store.NewTaskAsync(), await store.NewTaskAsync());
        var sleep = $"sleep {70_000 + Environment.ProcessId}";
        await store.RunAsync(other, $"export SECRET=of-the-other; ({sleep} &); until ps -o args | grep -q '^{sleep}$'; do :; done");
        var process = Path.GetFileName(Directory.EnumerateDirectories("/proc", "*").Single(folder => CommandLine(folder) == sleep));

        // What reads another process's memory or environment asks the kernel what ptrace(2) asks it.
        var attempt = await store.RunAsync(one, $"grep -c SECRET=of-the-other /proc/[0-9]*/environ; cat /proc/{process}/environ; dd if=/proc/{process}/mem bs=1 count=1; kill -STOP {process}; ps -o args; echo tried");
        Assert.EndsWith("tried\n", attempt.Stdout);
        Assert.DoesNotContain(":1\n", attempt.Stdout);
        Assert.DoesNotContain(sleep, attempt.Stdout);
        Assert.Contains($"/proc/{process}/environ': No such file", attempt.Stderr);

        // It is there and goes on: its own side sees it, with what was looked for.
        Assert.Matches(":1\n", (await store.RunAsync(other, "grep -c SECRET=of-the-other /proc/[0-9]*/environ")).Stdout);
        Assert.Matches($@"S\s+{sleep}\n", (await store.RunAsync(other, "ps -o stat,args")).Stdout);
    }

    // As this machine sees it, whose processes all sandboxes' are.
    private static string? CommandLine(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "cmdline")).TrimEnd('\0').Replace('\0', ' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // no process, or ended since
        }
    }
}
