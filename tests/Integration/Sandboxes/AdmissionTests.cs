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
        await DockerEngine.NotOnPodmanAsync("limits of what is there do not change");
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

    [Fact]
    public async Task Whoever_came_first_has_the_room_first_and_nobody_passes_the_line()
    {
        await using var store = await SandboxStore.OpenAsync(static c => c with { DockerMostSandboxes = 1 });
        await using var other = await store.AgainAsync(ProcessIdentity.Current with { Host = "elsewhere" });
        var has = await store.NewTaskAsync();
        Assert.Null(await MadeAsync(store.Runtime, has));
        using var watch = store.Runtime.Registry.Watch();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Test.Token);
        stop.CancelAfter(Longest);
        var (waits, order) = (new List<(string Task, Task<Execution> Run)>(), new List<string>());
        for (var i = 0; i < 4; i++)
        {
            var task = await store.NewTaskAsync();
            waits.Add((task, (i % 2 == 0 ? store.Runtime : other).Executions.RunAsync(task, new RunRequest(["true"], true) { SandboxWait = Longest }, Actor.Operator, null, stop.Token)));
            while ((await store.Runtime.Registry.RoomLineAsync(Test.Token)).Count <= i)
            {
                await watch.ChangedAsync(Longest, Test.Token);
            }
        }

        // One that died in the line holds up nobody, and neither does one whose wait is over.
        await using (var dead = await store.AgainAsync(ProcessIdentity.Current with { ProcessId = 0x7ffffff0, Started = ProcessIdentity.Current.Started + "0" }))
        {
            await dead.Registry.WriteAsync(new WaitForRoom(await store.NewTaskAsync(), Longest), Test.Token);
        }

        await store.Runtime.Registry.WriteAsync(new WaitForRoom(await store.NewTaskAsync(), TimeSpan.FromMilliseconds(1)), Test.Token);
        var last = await store.NewTaskAsync();
        for (var i = 0; i < waits.Count; i++)
        {
            await store.Runtime.Sandboxes.RemoveAsync(has, Test.Token);
            // There is room, and yet not for who does not stand in line.
            Assert.Equal(OpenCodeError.LimitExceeded, (await MadeAsync(store.Runtime, last))!.Error);

            var run = await Task.WhenAny(waits.Where(one => !order.Contains(one.Task)).Select(static one => one.Run)).WaitAsync(Longest, Test.Token);
            has = waits.Single(one => one.Run == run).Task;
            Assert.Equal(0, (await run).ExitCode);
            order.Add(has);
        }

        Assert.Equal(waits.Select(static one => one.Task), order);
        await store.Runtime.Sandboxes.RemoveAsync(has, Test.Token);
        Assert.Null(await MadeAsync(store.Runtime, last));

        // Who gives up leaves the line.
        var given = other.Executions.RunAsync(has, new RunRequest(["true"], true) { SandboxWait = Longest }, Actor.Operator, null, stop.Token);
        while (!(await store.Runtime.Registry.RoomLineAsync(Test.Token)).Any(static one => one.Process.Host == "elsewhere"))
        {
            await watch.ChangedAsync(Longest, Test.Token);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        Assert.DoesNotContain(await store.Runtime.Registry.RoomLineAsync(Test.Token), static one => one.Process.Host == "elsewhere");
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
