using OpenCode.Common;
using OpenCode.Sandboxes;
using OpenCode.Tasks;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>A command runs as long as the lease it runs under, and no longer; and with what it is given. The same for both ways a command can go.</summary>
/// <param name="runner">By the runner, or by the engine's exec.</param>
public abstract class LostLeaseTests(bool runner)
{
    private const string Tree = "echo ready; (setsid sleep 411 &) ; sleep 412 & sleep 413";

    [Theory]
    [InlineData("detach")]
    [InlineData("cancel")]
    [InlineData("attach again")]
    public async Task Command_of_an_agent_that_loses_its_lease_is_ended_with_its_tree(string how)
    {
        await using var store = await SandboxStore.OpenAsync(c => c with { DockerRunner = runner });
        var task = await store.NewTaskAsync();
        await store.Runtime.Tasks.AttachAsync(task, new AttachRequest("ana"), Test.Token);
        var seen = new Seen();
        var run = store.Runtime.Executions.RunAsync(task, new RunRequest([Tree], true) { Timeout = TimeSpan.FromMinutes(5) }, Actor.Of("ana"), seen, Test.Token);
        // A command that never came to its first word says itself what kept it.
        await await Task.WhenAny(seen.Ready, run).WaitAsync(TimeSpan.FromMinutes(2), Test.Token);

        // A change by the operator moves the fence on and ends no command.
        await store.Runtime.Tasks.UpdateAsync(task, new TaskPatch { Priority = 3 }, Actor.Operator, Test.Token);
        await (how switch
        {
            "detach" => (Task)store.Runtime.Tasks.DetachAsync(task, "ana", null, Test.Token),
            "cancel" => store.Runtime.Tasks.CancelAsync(task, "enough", Actor.Operator, Test.Token),
            _ => store.Runtime.Tasks.AttachAsync(task, new AttachRequest("ana"), Test.Token),
        });
        var error = await Assert.ThrowsAsync<OpenCodeException>(() => run.WaitAsync(TimeSpan.FromMinutes(2), Test.Token));
        Assert.Equal(OpenCodeError.LeaseLost, error.Error);
        Assert.Contains("'ana'", error.Message);
        var processes = await Sandbox.CurlAsync("GET", $"/containers/{store.ContainerName(task)}/top");
        Assert.DoesNotContain("sleep 41", processes.ToJsonString());
        Assert.Contains("lease", Assert.Single((await store.Runtime.Memory.HistoryAsync(task, new LogQuery(), Test.Token)).Entries, static entry => entry.Message.StartsWith("Command ", StringComparison.Ordinal)).Message);
        Assert.Empty(await store.Runtime.Registry.OpenExecutionsAsync(Test.Token));
    }

    [Fact]
    public async Task Agent_whose_command_runs_longer_than_its_lease_keeps_it()
    {
        await using var store = await SandboxStore.OpenAsync(c => c with { DockerRunner = runner });
        var task = await store.NewTaskAsync();
        await store.RunAsync(task, "true");
        var lease = await store.Runtime.Tasks.AttachAsync(task, new AttachRequest("ana") { Lease = TimeSpan.FromSeconds(6) }, Test.Token);
        var execution = await store.Runtime.Executions.RunAsync(task, new RunRequest(["sleep 8; echo done"], true), Actor.Of("ana"), null, Test.Token);
        Assert.Equal("done\n", execution.Stdout);
        Assert.Equal(lease.Fence, Assert.Single(await store.Runtime.Registry.LeasesAsync(lease.Resource, Test.Token)).Fence);
    }

    [Fact]
    public async Task Command_gets_its_input_environment_and_user()
    {
        await DockerEngine.NotOnPodmanAsync("it resets the connection at the end of the input");
        await using var store = await SandboxStore.OpenAsync(c => c with { DockerRunner = runner });
        var task = await store.NewTaskAsync();
        using var input = new MemoryStream([.. Enumerable.Repeat((byte)'x', 3_000_000)]);
        var request = new RunRequest(["wc -c; echo \"$WORD\"; id -u; id -g; cat"], true) { Input = input, Environment = new Dictionary<string, string> { ["WORD"] = "a b=c" }, User = "1234:5678" };
        Assert.Equal("3000000\na b=c\n1234\n5678\n", (await store.Runtime.Executions.RunAsync(task, request, Actor.Operator, null, Test.Token)).Stdout);
    }

    /// <summary>What nobody reads keeps nothing from ending, and takes nothing of the output: the engine may reset a connection that it has not read to its end.</summary>
    [Fact]
    public async Task Command_that_leaves_its_input_ends_with_its_own_code_and_all_its_output()
    {
        await DockerEngine.NotOnPodmanAsync("it resets the connection at the end of the input");
        await using var store = await SandboxStore.OpenAsync(c => c with { DockerRunner = runner });
        var task = await store.NewTaskAsync();
        foreach (var taker in (IRunObserver?[])[null, new Slow()])
        {
            using var unread = new MemoryStream(new byte[3_000_000]);
            var execution = await store.Runtime.Executions.RunAsync(task, new RunRequest(["i=0; while [ $i -lt 500 ]; do echo 0123456789; i=$((i+1)); done; exit 7"], true) { Input = unread }, Actor.Operator, taker, Test.Token);
            Assert.Equal((7, 500 * 11), (execution.ExitCode, execution.Stdout.Length));
        }
    }

    [Theory]
    [InlineData("0", OpenCodeError.AccessDenied)]
    [InlineData("00:5", OpenCodeError.AccessDenied)]
    [InlineData("5:0", OpenCodeError.AccessDenied)]
    [InlineData("root", OpenCodeError.InvalidArgument)]
    [InlineData("-1", OpenCodeError.InvalidArgument)]
    public async Task Root_and_names_are_no_user_of_a_command(string user, OpenCodeError expected)
    {
        await using var store = await SandboxStore.OpenAsync(c => c with { DockerRunner = runner });
        var task = await store.NewTaskAsync();
        var error = await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Executions.RunAsync(task, new RunRequest(["id"], true) { User = user }, Actor.Operator, null, Test.Token));
        Assert.Equal(expected, error.Error);
        var marked = new RunRequest(["id"], true) { Environment = new Dictionary<string, string> { ["OPENCODE_EXECUTION"] = ":x:" } };
        Assert.Equal(OpenCodeError.InvalidArgument, (await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Executions.RunAsync(task, marked, Actor.Operator, null, Test.Token))).Error);
    }

    /// <summary>Takes long for the first piece of output: the engine is done with the command meanwhile, which makes a reset before the end likelier, and does not force it.</summary>
    private sealed class Slow : IRunObserver
    {
        private bool _taken;

        public void Preparing(SandboxProgress progress)
        {
        }

        public void Output(bool isError, string text)
        {
            if (!_taken)
            {
                _taken = true;
                Thread.Sleep(TimeSpan.FromSeconds(1));
            }
        }
    }

    private sealed class Seen : IRunObserver
    {
        private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Ready => _ready.Task;

        public void Preparing(SandboxProgress progress)
        {
        }

        public void Output(bool isError, string text) => _ready.TrySetResult();
    }
}
