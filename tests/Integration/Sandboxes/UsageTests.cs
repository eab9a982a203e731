using OpenCode.Sandboxes;
using OpenCode.Sandboxes.Docker;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>What the engine measures.</summary>
public sealed class UsageTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Memory_processes_and_processor_time_of_a_running_command_are_measured_until_the_container_is_gone()
    {
        await DockerEngine.NotOnPodmanAsync("the limit of processes is not among its samples");
        await using var sandbox = await Sandbox.StartAsync();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Test.Token);
        limit.CancelAfter(Patience);
        var idle = await sandbox.Host.MeasureAsync(sandbox.Container, limit.Token).FirstAsync(limit.Token);
        Assert.Equal((sandbox.Specification.TaskId, 512L * 1024 * 1024, 100), (idle.TaskId, idle.MemoryLimitBytes, idle.PidsLimit));
        Assert.InRange(idle.Pids, 1, 5);
        Assert.InRange(idle.MemoryBytes, 1, 50 * 1024 * 1024);

        // What is in /tmp is memory, and of one sandbox alone.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token);
        var busy = sandbox.RunAsync("dd if=/dev/zero of=/tmp/filled bs=1M count=60 2>/dev/null; for i in 1 2 3 4 5; do sleep 1000 & done; while :; do :; done", new RecordedOutput(), Patience, stop.Token);
        var peak = await sandbox.Host.MeasureAsync(sandbox.Container, limit.Token).FirstAsync(usage => usage is { CpuPercent: > 10, MemoryBytes: > 60 * 1024 * 1024 } && usage.Pids >= idle.Pids + 6, limit.Token);
        Assert.True(peak.At > idle.At);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => busy);

        var rest = sandbox.Host.MeasureAsync(sandbox.Container, limit.Token).GetAsyncEnumerator(limit.Token);
        Assert.True(await rest.MoveNextAsync());
        await sandbox.Host.RemoveAsync(sandbox.Specification, limit.Token);
        while (await rest.MoveNextAsync())
        {
        }

        Assert.Empty(await sandbox.Host.MeasureAsync(sandbox.Container, limit.Token).ToListAsync(limit.Token));
    }

    [Fact]
    public async Task Measuring_ends_when_nobody_wants_it_any_more()
    {
        await using var sandbox = await Sandbox.StartAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Test.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in sandbox.Host.MeasureAsync(sandbox.Container, stop.Token).WithCancellation(Test.Token))
            {
                await stop.CancelAsync();
            }
        });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Sample_the_engine_could_not_take_ends_the_measuring_of_a_stopped_container_alone(bool runs)
    {
        const string Sample = """{ "pids_stats": { "current": 7 }, "cpu_stats": { "cpu_usage": { "total_usage": 2 }, "system_cpu_usage": 20, "online_cpus": 2 }, "precpu_stats": { "cpu_usage": { "total_usage": 1 }, "system_cpu_usage": 10 } }""";
        const string Empty = """{ "id": "c", "name": "/c", "read": "0001-01-01T00:00:00Z", "pids_stats": {}, "cpu_stats": { "cpu_usage": { "total_usage": 0 } }, "precpu_stats": { "cpu_usage": { "total_usage": 0 } } }""";
        var looked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var engine = new ScriptedEngine(path => path switch
        {
            "/version" => new[] { """{ "Version": "x", "ApiVersion": "1.41", "MinAPIVersion": "1.12", "Os": "linux" }""" }.ToAsyncEnumerable(),
            "/v1.41/containers/c/stats" => SamplesAsync(),
            _ => LookAsync(),
        });
        await using var host = new DockerSandboxHost(engine.Endpoint, TimeProvider.System);
        var measured = await host.MeasureAsync(new SandboxContainer("c", "c", "task", true, false), Test.Token).ToListAsync(Test.Token);
        Assert.Equal(runs ? [7] : [], measured.Select(static usage => usage.Pids));
        Assert.True(looked.Task.IsCompleted, "Nobody asked whether the container runs.");

        async IAsyncEnumerable<string> SamplesAsync()
        {
            yield return Empty;
            await looked.Task; // the newest sample takes the place of one that was not read yet
            yield return Sample;
        }

        async IAsyncEnumerable<string> LookAsync()
        {
            looked.TrySetResult();
            yield return runs ? """{ "State": { "Running": true } }""" : """{ "State": { "Running": false } }""";
            await Task.CompletedTask;
        }
    }
}
