using OpenCode.Common;
using OpenCode.Registry;
using OpenCode.Tasks;
using OpenCode.Tests.Integration.Crash;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>Sandboxes of a store take together what they may, however many processes make them.</summary>
public sealed class AdmissionTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Of_many_that_race_in_two_processes_as_many_as_may_be_are_made()
    {
        await using var store = await SandboxStore.OpenAsync(static c => c with { DockerMostSandboxes = 3 });
        await using var other = await store.AgainAsync(ProcessIdentity.Current with { ProcessId = 1 });
        string[] tasks = [await store.NewTaskAsync(), await store.NewTaskAsync(), await store.NewTaskAsync(), await store.NewTaskAsync(), await store.NewTaskAsync(), await store.NewTaskAsync()];
        var made = await Task.WhenAll(tasks.Select((task, at) => MadeAsync(at % 2 == 0 ? store.Runtime : other, task)));
        Assert.Equal(3, made.Count(static error => error is null));
        Assert.All(made.OfType<OpenCodeException>(), static error => Assert.Equal(OpenCodeError.LimitExceeded, error.Error));
        Assert.Contains("docker.maxSandboxes is 3", made.OfType<OpenCodeException>().First().Message);
        Assert.Equal(3, (await EngineCount.OfAsync(store.Socket, store.StoreId)).Count);

        // Who has one goes on in it; who has none waits until there is room, and not for longer than asked.
        var (has, waits) = (tasks[Array.IndexOf(made, null)], tasks[Array.FindIndex(made, static error => error is not null)]);
        Assert.Null(await MadeAsync(other, has));
        var waiting = store.Runtime.Executions.RunAsync(waits, new RunRequest(["echo in"], true) { SandboxWait = Longest }, Actor.Operator, null, Test.Token);
        Assert.Equal(OpenCodeError.LimitExceeded, (await Assert.ThrowsAsync<OpenCodeException>(() => other.Executions.RunAsync(waits, new RunRequest(["true"], true) { SandboxWait = TimeSpan.FromMilliseconds(50) }, Actor.Operator, null, Test.Token))).Error);
        await other.Sandboxes.RemoveAsync(has, Test.Token);
        Assert.Equal("in\n", (await waiting.WaitAsync(Longest, Test.Token)).Stdout);
    }

    [Fact]
    public async Task Memory_limits_come_to_the_machines_share_and_no_further()
    {
        await using var host = DockerEngine.Host();
        await DockerEngine.RequireAsync();
        var share = (int)(await host.MemoryMiBAsync(Test.Token) / 100);
        await using var store = await SandboxStore.OpenAsync(c => c with { DockerMemoryShare = 1, DockerMemoryMiB = share / 2 });
        var (one, two, three) = (await store.NewTaskAsync(), await store.NewTaskAsync(), await store.NewTaskAsync());
        Assert.Null(await MadeAsync(store.Runtime, one));
        Assert.Null(await MadeAsync(store.Runtime, two));
        Assert.Contains("docker.memoryShare", (await MadeAsync(store.Runtime, three))!.Message);
        // More for one that runs is asked for in the same way; less makes room.
        Assert.Equal(OpenCodeError.LimitExceeded, (await Assert.ThrowsAsync<OpenCodeException>(() => store.Runtime.Sandboxes.ConfigureAsync(one, new SandboxSettings(null, share, null, null), Test.Token))).Error);
        await store.Runtime.Sandboxes.ConfigureAsync(one, new SandboxSettings(null, share / 4, null, null), Test.Token);
        await store.Runtime.Sandboxes.ConfigureAsync(three, new SandboxSettings(null, share / 4, null, null), Test.Token);
        Assert.Null(await MadeAsync(store.Runtime, three));
    }

    private static async Task<OpenCodeException?> MadeAsync(OpenCodeRuntime runtime, string task)
    {
        try
        {
            await runtime.Executions.RunAsync(task, new RunRequest(["true"], true), Actor.Operator, null, Test.Token);
            return null;
        }
        catch (OpenCodeException e)
        {
            return e;
        }
    }
}
