using OpenCode.Common;
using OpenCode.Sandboxes;
using OpenCode.Tasks;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>I9: what a workspace may take on the disk.</summary>
public sealed class QuotaTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Command_beyond_the_quota_is_ended_with_its_tree_and_room_can_be_made()
    {
        await using var store = await SandboxStore.OpenAsync(static c => c with { DockerWorkspaceMiB = 40 });
        var task = await store.NewTaskAsync();
        var error = await Assert.ThrowsAsync<OpenCodeException>(() => RunAsync(store, task, "mkdir dir; dd if=/dev/zero of=dir/big bs=1M count=44 2>/dev/null; sleep 4341 & sleep 4342"));
        Assert.Equal(OpenCodeError.LimitExceeded, error.Error);
        Assert.Contains("40 MiB are allowed", error.Message);
        Assert.Contains("dir (44 MiB)", error.Message);
        Assert.DoesNotContain("sleep 434", (await Sandbox.CurlAsync("GET", $"/containers/{store.ContainerName(task)}/top")).ToJsonString());
        var execution = Assert.Single(await store.Runtime.Executions.ListAsync(task, null, null, Test.Token));
        Assert.Equal(ExecutionStatus.Failed, execution.Status);
        Assert.StartsWith("LimitExceeded: ", execution.Reason);

        // What grows in it is ended again; what frees is not.
        Assert.Equal(OpenCodeError.LimitExceeded, (await Assert.ThrowsAsync<OpenCodeException>(() => RunAsync(store, task, "dd if=/dev/zero of=more bs=1M count=3 2>/dev/null; sleep 4343"))).Error);
        Assert.Equal(0, (await RunAsync(store, task, "rm more; until [ ! -e more ]; do :; done")).ExitCode);

        var file = Path.Combine(store.Configuration.DataRoot, "tasks", task, "workspace", "far");
        await File.WriteAllBytesAsync(file, new byte[30 << 20], Test.Token);
        Assert.Contains("No command is run in it", (await Assert.ThrowsAsync<OpenCodeException>(() => RunAsync(store, task, "true"))).Message);
        File.Delete(file);
        Assert.Equal(0, (await RunAsync(store, task, "rm -r dir")).ExitCode);
    }

    [Fact]
    public async Task Workspace_near_its_quota_is_told_of_once_and_when_it_is_away_again()
    {
        await using var store = await SandboxStore.OpenAsync(static c => c with { DockerWorkspaceMiB = 40 });
        var task = await store.NewTaskAsync();
        var seen = new Seen();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Test.Token);
        var run = store.Runtime.Executions.RunAsync(task, new RunRequest(["dd if=/dev/zero of=big bs=1M count=36 2>/dev/null; sleep 4344"], true) { Timeout = Longest }, Actor.Operator, seen, stop.Token);
        Assert.Contains("90 % of 40 MiB; the largest: big (36 MiB)", (await seen.Raised.Task.WaitAsync(Longest, Test.Token)).Text);
        File.Delete(Path.Combine(store.Configuration.DataRoot, "tasks", task, "workspace", "big"));
        await seen.Cleared.Task.WaitAsync(Longest, Test.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        var lines = (await store.Runtime.Memory.HistoryAsync(task, new LogQuery(), Test.Token)).Entries.Where(static line => line.Message.StartsWith("Workspace of the sandbox", StringComparison.Ordinal)).ToList();
        Assert.Equal([LogLevel.Warn, LogLevel.Info], lines.Select(static line => line.Level));
        Assert.Equal("disk", lines[0].Data!["measure"]);
    }

    private static Task<Execution> RunAsync(SandboxStore store, string task, string shell) =>
        store.Runtime.Executions.RunAsync(task, new RunRequest([shell], true) { Timeout = Longest }, Actor.Operator, null, Test.Token);

    private sealed class Seen : IRunObserver
    {
        public TaskCompletionSource<UsageAlert> Raised { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<UsageAlert> Cleared { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Preparing(SandboxProgress progress)
        {
        }

        public void Output(bool isError, string text)
        {
        }

        public void Alert(UsageAlert alert)
        {
            if (alert.Measure is UsageMeasure.Disk)
            {
                (alert.Raised ? Raised : Cleared).SetResult(alert);
            }
        }
    }
}
