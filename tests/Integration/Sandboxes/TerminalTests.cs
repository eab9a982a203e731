using System.Diagnostics;
using OpenCode.Common;
using OpenCode.Sandboxes;
using OpenCode.Sandboxes.Terminals;
using OpenCode.Tasks;
using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>Somebody at a real terminal enters a task's sandbox, by a process of its own that hosts PowerShell.</summary>
public sealed class TerminalTests
{
    [Fact]
    public async Task Session_has_the_terminal_its_size_and_its_keys_and_is_recorded()
    {
        await DockerEngine.NotOnPodmanAsync("its terminal shows the shell's greeting and no prompt");
        await using var store = await SandboxStore.OpenAsync();
        Linux();
        var task = await store.NewTaskAsync(DockerEngine.Image);
        using var terminal = new Pty(91, 33);
        var before = terminal.Settings();
        using var host = Enter(terminal, store, task, "-PassThru | % { \"left with $($_.ExitCode)\" }");

        terminal.WaitFor("/workspace $ ");
        Assert.NotEqual(before, terminal.Settings());
        // Told once the shell runs, and again whenever the window changes.
        terminal.Type("until [ \"$(stty size)\" = '33 91' ]; do :; done; echo fi''rst $TERM\r");
        terminal.WaitFor("first ");
        terminal.Resize(100, 40);
        terminal.Type("until [ \"$(stty size)\" = '40 100' ]; do :; done; echo sec''ond\r");
        terminal.WaitFor("second");
        // The key is the sandbox's: it ends what runs there, and not the session.
        terminal.Type("echo be''gun; sleep 4242\r");
        terminal.WaitFor("begun");
        terminal.Type("\u0003");
        terminal.Type("echo inter''rupted $?\r");
        terminal.WaitFor("interrupted 130");
        terminal.Type("exit 3\r");
        terminal.WaitFor("left with 3");
        await host.WaitForExitAsync(Test.Token);
        Assert.Equal(0, host.ExitCode);
        Assert.Equal(before, terminal.Settings());

        var execution = Assert.Single(await store.Runtime.Executions.ListAsync(task, null, null, Test.Token));
        Assert.Equal((ExecutionStatus.Exited, 3), (execution.Status, execution.ExitCode));
        Assert.Equal(["/bin/sh"], execution.Command);
        Assert.Contains("interrupted 130", execution.Stdout);
    }

    [Theory]
    [InlineData("lease")]
    [InlineData("signal")]
    public async Task Session_that_is_ended_gives_the_terminal_back(string how)
    {
        await DockerEngine.NotOnPodmanAsync("its terminal shows the shell's greeting and no prompt");
        await using var store = await SandboxStore.OpenAsync();
        Linux();
        var task = await store.NewTaskAsync(DockerEngine.Image);
        await store.Runtime.Tasks.AttachAsync(task, new AttachRequest("ana"), Test.Token);
        using var terminal = new Pty(80, 24);
        var before = terminal.Settings();
        using var host = Enter(terminal, store, task, "-Agent ana");
        terminal.WaitFor("/workspace $ ");
        terminal.Type("echo be''gun; sleep 4243\r");
        terminal.WaitFor("begun");

        if (how == "lease")
        {
            await store.Runtime.Tasks.DetachAsync(task, "ana", null, Test.Token);
            terminal.WaitFor("LeaseLost");
        }
        else
        {
            using var kill = Process.Start("kill", ["-TERM", $"{host.Id}"]);
            await kill.WaitForExitAsync(Test.Token);
        }

        await host.WaitForExitAsync(Test.Token);
        Assert.Equal(before, terminal.Settings());
        // What a process left that was told to end, the next one on the store ends.
        await store.Runtime.Sweep.RunAsync(Test.Token);
        Assert.DoesNotContain("sleep 4243", (await Sandbox.CurlAsync("GET", $"/containers/{store.ContainerName(task)}/top")).ToJsonString());
        Assert.NotEqual(ExecutionStatus.Running, Assert.Single(await store.Runtime.Executions.ListAsync(task, null, null, Test.Token)).Status);
    }

    [Fact]
    public async Task Terminal_that_is_closed_ends_the_session_with_everything_in_it()
    {
        await using var store = await SandboxStore.OpenAsync();
        var task = await store.NewTaskAsync();
        using var terminal = new Closing();
        var execution = await store.Runtime.Executions.RunAtTerminalAsync(task, new RunRequest(["/bin/sh"], false), terminal, Actor.Operator, null, Test.Token);
        Assert.Equal((ExecutionStatus.Cancelled, "its terminal was closed"), (execution.Status, execution.Reason));
        Assert.Contains("begun", execution.Stdout);
        Assert.DoesNotContain("sleep 4244", (await Sandbox.CurlAsync("GET", $"/containers/{store.ContainerName(task)}/top")).ToJsonString());
    }

    [Fact]
    public async Task Without_a_terminal_nothing_is_made_and_the_error_says_what_to_use()
    {
        await using var store = await SandboxStore.OpenAsync();
        var task = await store.NewTaskAsync();
        using var terminal = new ProcessTerminal();
        var error = await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Executions.RunAtTerminalAsync(task, new RunRequest(["/bin/sh"], false), terminal, Actor.Operator, null, Test.Token));
        Assert.Equal(OpenCodeError.NotSupported, error.Error);
        Assert.Contains("Invoke-OcTask", error.Message);
        Assert.Null(await store.Runtime.Registry.SandboxAsync(task, Test.Token));
    }

    private static void Linux()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("A sandbox is entered from a terminal on Linux only.");
        }
    }

    private static Process Enter(Pty terminal, SandboxStore store, string task, string arguments) =>
        terminal.Start("dotnet", Repository.Metadata("ModuleHost"), Repository.Metadata("ModuleManifest"), $"$null = Connect-OcStore '{store.Configuration.DataRoot}'; Enter-OcTask {task} {arguments}");

    /// <summary>A terminal at which one line is typed, and which is gone when it has had its effect.</summary>
    private sealed class Closing : ITerminal, IDisposable
    {
        private readonly CancellationTokenSource _gone = new();
        private readonly System.IO.Pipelines.Pipe _keys = new();
        private string _shown = "";

        public Closing() => _keys.Writer.WriteAsync("echo be''gun; setsid sleep 4244 & sleep 4244\r"u8.ToArray()).AsTask().Wait();

        public string Kind => "dumb";

        public Stream Input => _keys.Reader.AsStream();

        public CancellationToken HungUp => _gone.Token;

        public void Require(string task)
        {
        }

        public IDisposable Begin() => new MemoryStream();

        public void Write(ReadOnlySpan<byte> bytes)
        {
            _shown += System.Text.Encoding.UTF8.GetString(bytes);
            if (_shown.Contains("begun", StringComparison.Ordinal))
            {
                _gone.Cancel();
            }
        }

        public async IAsyncEnumerable<TerminalSize> SizesAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.CompletedTask;
            yield return new TerminalSize(80, 24);
        }

        public void Dispose() => _gone.Dispose();
    }
}
