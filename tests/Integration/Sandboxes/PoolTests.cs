using System.Text.Json.Nodes;
using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Registry;
using OpenCode.Tasks;
using OpenCode.Tests.Integration.Crash;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>Containers that are kept ready, on a real engine.</summary>
public sealed class PoolTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    // Another process on this host that is not there.
    private static readonly ProcessIdentity Dead = ProcessIdentity.Current with { ProcessId = 0x7ffffff0, Started = ProcessIdentity.Current.Started + "0" };

    [Fact]
    public async Task New_sandbox_is_taken_from_the_pool_and_lives_as_one_that_was_made()
    {
        await using var store = await SandboxStore.OpenAsync(With(1));
        var (storeId, socket, pool) = (store.StoreId, store.Socket, Path.Combine(store.Configuration.DataRoot, "pool"));
        Assert.Equal(1, await store.Runtime.Pool.FillAsync(Test.Token));
        Assert.Equal(0, await store.Runtime.Pool.FillAsync(Test.Token));
        var ready = Assert.Single(await EngineCount.OfAsync(socket, storeId));
        var task = await store.NewTaskAsync();
        var workspace = Path.Combine(store.Configuration.DataRoot, "tasks", task, "workspace");

        Assert.Equal("", (await store.RunAsync(task, "ls /workspace; echo in >/workspace/in")).Stdout);
        var now = Assert.Single(await store.Runtime.Sandboxes.ListAsync(task, Test.Token));
        Assert.Equal((ready.Name, SandboxStatus.Running), (now.Name, now.Status));
        Assert.Equal("in\n", await File.ReadAllTextAsync(Path.Combine(workspace, "in"), Test.Token));
        await File.WriteAllTextAsync(Path.Combine(workspace, "out"), "out", Test.Token);
        Assert.Equal("out", (await store.RunAsync(task, "cat /workspace/out")).Stdout);
        Assert.Contains((await store.Runtime.Memory.HistoryAsync(task, new LogQuery(), Test.Token)).Entries, static entry => entry.Message.Contains("taken from the pool"));
        var standing = await store.Runtime.Pool.StandingAsync(Test.Token);
        Assert.Equal((1, 0, 1L, 0L), (standing.Target, standing.Ready, standing.Hits, standing.Misses));

        // Started again, frozen, with a network, measured, copied from: by the name that its folder had.
        await store.Runtime.Sandboxes.RestartAsync(task, Test.Token);
        Assert.Equal("in\n", (await store.RunAsync(task, "cat /workspace/in")).Stdout);
        await Sandbox.CurlAsync("POST", $"/containers/{now.Name}/kill");
        Assert.Equal("in\n", (await store.RunAsync(task, "cat /workspace/in; touch /workspace/after")).Stdout);
        Assert.True(File.Exists(Path.Combine(workspace, "after")));
        await store.Runtime.Sandboxes.SuspendAsync(task, Test.Token);
        await store.Runtime.Sandboxes.ResumeAsync(task, Test.Token);
        if (!await DockerEngine.IsPodmanAsync())
        {
            await store.Runtime.Sandboxes.ConfigureAsync(task, new SandboxSettings(SandboxNetwork.Internal, null, null, null), Test.Token);
        }

        Assert.Empty(await EngineCount.DisagreementsAsync(socket, store.Runtime, Test.Token));
        await foreach (var usage in store.Runtime.Measures.MeasureAsync([task], false, static e => throw e, Test.Token))
        {
            Assert.Equal(task, usage.TaskId);
        }

        // Filled again, which leaves the task's alone; removed with its network, and its files are there.
        Assert.Equal(1, await store.Runtime.Pool.FillAsync(Test.Token));
        Assert.Empty(await store.Runtime.Sweep.OrphansAsync(Test.Token));
        Assert.Equal(0, await store.Runtime.Sweep.RunAsync(Test.Token));
        await store.Runtime.Sandboxes.RemoveAsync(task, Test.Token);
        Assert.Equal(("container", "running"), Assert.Single(await EngineCount.OfAsync(socket, storeId)) is var left ? (left.Kind, left.State) : default);
        Assert.Single(Directory.GetFileSystemEntries(pool));
        Assert.Equal("in\n", (await store.RunAsync(task, "cat /workspace/in")).Stdout);
        Assert.Equal(store.ContainerName(task), Assert.Single(await store.Runtime.Sandboxes.ListAsync(task, Test.Token)).Name);

        // Deleted while it has one of the pool.
        var gone = await store.NewTaskAsync();
        await store.RunAsync(gone, "true");
        await store.Runtime.Tasks.DeleteAsync(gone, force: true, Test.Token);
        await store.Runtime.Tasks.DeleteAsync(task, force: true, Test.Token);
        Assert.Empty(await EngineCount.OfAsync(socket, storeId));
        Assert.Empty(Directory.GetFileSystemEntries(pool));
        await store.Runtime.Pool.FillAsync(Test.Token);
        await store.CloseAsync();
        Assert.Empty(await EngineCount.OfAsync(socket, storeId));
        Assert.Empty(Directory.GetFileSystemEntries(pool));
    }

    [Fact]
    public async Task Sandbox_from_the_pool_is_hardened_as_one_that_was_made()
    {
        await using var store = await SandboxStore.OpenAsync(With(1));
        var (pooled, cold) = (await store.NewTaskAsync(), await store.NewTaskAsync());
        await store.Runtime.Pool.FillAsync(Test.Token);
        await store.RunAsync(pooled, "true");
        await store.RunAsync(cold, "true");
        var names = (await store.Runtime.Sandboxes.ListAsync(null, Test.Token)).ToDictionary(static one => one.TaskId, static one => one.Name);
        Assert.NotEqual(store.ContainerName(pooled), names[pooled]);
        Assert.Equal(store.ContainerName(cold), names[cold]);
        var (one, other) = (await WhatItIsAsync(names[pooled]), await WhatItIsAsync(names[cold]));
        Assert.True(JsonNode.DeepEquals(one, other), $"{one}\n{other}");
    }

    [Fact]
    public async Task What_is_another_than_was_made_ready_is_not_taken()
    {
        await using var store = await SandboxStore.OpenAsync(With(1));
        await store.Runtime.Pool.FillAsync(Test.Token);
        var ready = Assert.Single(await EngineCount.OfAsync(store.Socket, store.StoreId)).Name;

        // Other limits by another's configuration, settings of its own, another image, files of its own.
        await using (var other = await OpenCodeRuntime.OpenAsync(store.Configuration with { DockerMemoryMiB = 96 }, Test.Token))
        {
            await MissesAsync(store, other, await store.NewTaskAsync());
            // And a second keeper in this process, with other settings, leaves what is the first one's.
            Assert.Equal(1, await other.Pool.FillAsync(Test.Token));
            Assert.Contains(await EngineCount.OfAsync(store.Socket, store.StoreId), one => one.Name == ready);
        }

        var set = await store.NewTaskAsync();
        await store.Runtime.Sandboxes.ConfigureAsync(set, new SandboxSettings(null, null, 300, null), Test.Token);
        await MissesAsync(store, store.Runtime, set);
        await TestImages.WithoutShellAsync();
        var imaged = await store.NewTaskAsync("opencode-test:noshell");
        Assert.Equal(0, (await store.Runtime.Executions.RunAsync(imaged, new RunRequest(["/bin/sleep", "0"], false), Actor.Operator, null, Test.Token)).ExitCode);
        Assert.Equal(store.ContainerName(imaged), Assert.Single(await store.Runtime.Sandboxes.ListAsync(imaged, Test.Token)).Name);
        var filed = await store.NewTaskAsync();
        Directory.CreateDirectory(Path.Combine(store.Configuration.DataRoot, "tasks", filed, "workspace"));
        await File.WriteAllTextAsync(Path.Combine(store.Configuration.DataRoot, "tasks", filed, "workspace", "own"), "own", Test.Token);
        await MissesAsync(store, store.Runtime, filed);
        Assert.Equal("own", (await store.RunAsync(filed, "cat own")).Stdout);
        Assert.Contains(await EngineCount.OfAsync(store.Socket, store.StoreId), one => one.Name == ready);
        var standing = await store.Runtime.Pool.StandingAsync(Test.Token);
        Assert.Equal((1, 0L, 4L), (standing.Ready, standing.Hits, standing.Misses));
    }

    [Fact]
    public async Task Image_whose_name_became_another_images_is_made_ready_anew()
    {
        var image = $"opencode-test:pool-{Guid.NewGuid().ToString("N")[..8]}";
        await DockerEngine.RequireAsync();
        await TestImages.WithoutShellAsync();
        await TagAsync(DockerEngine.Image, image);
        try
        {
            await using var store = await SandboxStore.OpenAsync(c => With(1)(c) with { DockerImage = image });
            await store.Runtime.Pool.FillAsync(Test.Token);
            var before = Assert.Single(await EngineCount.OfAsync(store.Socket, store.StoreId)).Name;
            await TagAsync("opencode-test:noshell", image);
            var task = await store.NewTaskAsync();
            await store.Runtime.Executions.RunAsync(task, new RunRequest(["/bin/sleep", "0"], false), Actor.Operator, null, Test.Token);
            Assert.Equal(store.ContainerName(task), Assert.Single(await store.Runtime.Sandboxes.ListAsync(task, Test.Token)).Name);
            Assert.Equal(1, await store.Runtime.Pool.FillAsync(Test.Token));
            var names = (await EngineCount.OfAsync(store.Socket, store.StoreId)).Select(static one => one.Name).ToList();
            Assert.DoesNotContain(before, names);
            Assert.Equal(2, names.Count);
        }
        finally
        {
            await Sandbox.CurlAsync("DELETE", $"/images/{image}");
        }
    }

    [Fact]
    public async Task Two_processes_that_take_from_one_pool_never_get_the_same_container()
    {
        await using var store = await SandboxStore.OpenAsync(With(4));
        await using var other = await store.AgainAsync(ProcessIdentity.Current with { ProcessId = 1 });
        Assert.Equal(4, await store.Runtime.Pool.FillAsync(Test.Token));
        Assert.Equal(0, await other.Pool.FillAsync(Test.Token));
        var tasks = new List<string>();
        for (var i = 0; i < 8; i++)
        {
            tasks.Add(await store.NewTaskAsync());
        }

        var runs = await Task.WhenAll(tasks.Select((task, at) => (at % 2 == 0 ? store.Runtime : other).Executions.RunAsync(task, new RunRequest([$"echo {task} >>/workspace/whose; cat /workspace/whose"], true), Actor.Operator, null, Test.Token)));
        Assert.Equal(tasks.Select(static task => task + "\n"), runs.Select(static run => run.Stdout));
        var all = await store.Runtime.Sandboxes.ListAsync(null, Test.Token);
        Assert.Equal(8, all.Select(static one => one.ContainerId).Distinct().Count());
        Assert.Equal(4, all.Count(one => one.Name != store.ContainerName(one.TaskId)));
        var standing = await store.Runtime.Pool.StandingAsync(Test.Token);
        Assert.Equal((4L, 4L), (standing.Hits, standing.Misses));
        Assert.Empty(await EngineCount.DisagreementsAsync(store.Socket, store.Runtime, Test.Token));

        // Two callers of one task: one container, whoever takes it.
        await store.Runtime.Pool.FillAsync(Test.Token);
        var both = await store.NewTaskAsync();
        await Task.WhenAll(store.RunAsync(both, "true"), other.Executions.RunAsync(both, new RunRequest(["true"], true), Actor.Operator, null, Test.Token));
        Assert.Single(await store.Runtime.Sandboxes.ListAsync(both, Test.Token));
        Assert.Empty(await EngineCount.DisagreementsAsync(store.Socket, store.Runtime, Test.Token));
    }

    [Fact]
    public async Task Task_that_asks_for_room_gets_it_from_the_pool()
    {
        await using var store = await SandboxStore.OpenAsync(c => With(2)(c) with { DockerMostSandboxes = 2 });
        Assert.Equal(2, await store.Runtime.Pool.FillAsync(Test.Token));
        var (one, two, three) = (await store.NewTaskAsync(), await store.NewTaskAsync(), await store.NewTaskAsync());
        foreach (var task in (string[])[one, two])
        {
            // Not what is ready: it has to be made, and something has to go for it.
            await store.Runtime.Sandboxes.ConfigureAsync(task, new SandboxSettings(null, 80, null, null), Test.Token);
            Assert.Equal(0, (await store.RunAsync(task, "true")).ExitCode);
        }

        Assert.Equal(2, (await EngineCount.OfAsync(store.Socket, store.StoreId)).Count);
        Assert.Equal(OpenCodeError.LimitExceeded, (await Assert.ThrowsAsync<OpenCodeException>(() => store.RunAsync(three, "true"))).Error);
        Assert.Equal(0, await store.Runtime.Pool.FillAsync(Test.Token));
        await store.Runtime.Sandboxes.RemoveAsync(one, Test.Token);
        Assert.Equal(1, await store.Runtime.Pool.FillAsync(Test.Token));
        Assert.Equal(0, (await store.RunAsync(three, "true")).ExitCode);
        Assert.Empty(await EngineCount.DisagreementsAsync(store.Socket, store.Runtime, Test.Token));
    }

    [Fact]
    public async Task What_a_dead_process_kept_is_an_orphan_until_a_task_takes_it_or_somebody_removes_it()
    {
        await using var store = await SandboxStore.OpenAsync(With(2));
        var dead = await store.AgainAsync(Dead);
        Assert.Equal(2, await dead.Pool.FillAsync(Test.Token));
        var orphans = await store.Runtime.Sweep.OrphansAsync(Test.Token);
        Assert.Equal(2, orphans.Count);
        Assert.All(orphans, static orphan => Assert.Contains("kept ready by a process that is gone", orphan.Reason));
        var task = await store.NewTaskAsync();
        await store.RunAsync(task, "true");
        Assert.Equal(SandboxStatus.Running, Assert.Single(await store.Runtime.Sandboxes.ListAsync(task, Test.Token)).Status);
        var removed = await Task.WhenAll(orphans.Select(orphan => store.Runtime.Sweep.RemoveAsync(orphan, Test.Token)));
        Assert.Single(removed, true);
        Assert.Equal("still\n", (await store.RunAsync(task, "echo still")).Stdout);

        // A living keeper removes what is left of another one, and fills up.
        Assert.Equal(2, await dead.Pool.FillAsync(Test.Token));
        Assert.Equal(2, await store.Runtime.Pool.FillAsync(Test.Token));
        Assert.Equal(3, (await EngineCount.OfAsync(store.Socket, store.StoreId)).Count);
        Assert.Empty(await EngineCount.DisagreementsAsync(store.Socket, store.Runtime, Test.Token));
        await dead.DisposeAsync();
        Assert.Equal(3, (await EngineCount.OfAsync(store.Socket, store.StoreId)).Count);
    }

    [Fact]
    public async Task Container_that_turns_out_to_be_of_no_use_is_given_back_and_one_is_made()
    {
        await using var store = await SandboxStore.OpenAsync(With(1));

        // Gone from the engine.
        await store.Runtime.Pool.FillAsync(Test.Token);
        await Sandbox.CurlAsync("DELETE", $"/containers/{Assert.Single(await EngineCount.OfAsync(store.Socket, store.StoreId)).Name}?force=1");
        var task = await store.NewTaskAsync();
        Assert.Equal("made\n", (await store.RunAsync(task, "echo made")).Stdout);
        Assert.Equal(store.ContainerName(task), Assert.Single(await store.Runtime.Sandboxes.ListAsync(task, Test.Token)).Name);

        // Files came into the workspace between the note and the folder's coming.
        await store.Runtime.Pool.FillAsync(Test.Token);
        var late = await store.NewTaskAsync();
        var row = Assert.Single(await store.Runtime.Registry.PoolAsync(Test.Token));
        var taken = await store.Runtime.Registry.WriteAsync(new BeginSandbox(late, SandboxDeed.Create, store.ContainerName(late), DockerEngine.Image, Actor.Operator) { Pool = new PoolAsk(row.Fingerprint) }, Test.Token);
        Assert.Equal(row.Id, taken.Pool);
        await store.Runtime.Registry.WriteAsync(new LeaveSandbox(late, SandboxDeed.Create), Test.Token);
        Directory.CreateDirectory(Path.Combine(store.Configuration.DataRoot, "tasks", late, "workspace"));
        await File.WriteAllTextAsync(Path.Combine(store.Configuration.DataRoot, "tasks", late, "workspace", "own"), "own", Test.Token);
        Assert.Equal("own", (await store.RunAsync(late, "cat own")).Stdout);
        Assert.Empty(await store.Runtime.Registry.PoolAsync(Test.Token));

        // Taken, and then gone from the engine with its task's work.
        await store.Runtime.Pool.FillAsync(Test.Token);
        var lost = await store.NewTaskAsync();
        await store.RunAsync(lost, "echo kept >/workspace/kept");
        await Sandbox.CurlAsync("DELETE", $"/containers/{Assert.Single(await store.Runtime.Sandboxes.ListAsync(lost, Test.Token)).Name}?force=1");
        Assert.Equal("kept\n", (await store.RunAsync(lost, "cat kept")).Stdout);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(store.Configuration.DataRoot, "pool")));
        Assert.Empty(await EngineCount.DisagreementsAsync(store.Socket, store.Runtime, Test.Token));
        var standing = await store.Runtime.Pool.StandingAsync(Test.Token);
        Assert.Equal((1L, 2L), (standing.Hits, standing.Misses));
    }

    [Fact]
    public async Task Keeper_fills_the_pool_again_at_once_and_empties_it_when_the_store_is_closed()
    {
        await using var store = await SandboxStore.OpenAsync(With(2));
        store.Runtime.Pool.Keep();
        using var watch = store.Runtime.Registry.Watch();
        await ReadyAsync(store.Runtime, watch, 2);
        for (var i = 0; i < 3; i++)
        {
            var task = await store.NewTaskAsync();
            await store.RunAsync(task, "true");
            Assert.NotEqual(store.ContainerName(task), Assert.Single(await store.Runtime.Sandboxes.ListAsync(task, Test.Token)).Name);
            await ReadyAsync(store.Runtime, watch, 2);
            await store.Runtime.Tasks.DeleteAsync(task, force: true, Test.Token);
        }

        var storeId = store.StoreId;
        await store.CloseAsync();
        Assert.Empty(await EngineCount.OfAsync(store.Socket, storeId));
    }

    private static Func<OpenCodeConfiguration, OpenCodeConfiguration> With(int size) => c => c with { DockerWarmPool = size, DockerMemoryMiB = 64 };

    private static async Task ReadyAsync(OpenCodeRuntime runtime, ICommitWatch watch, int wanted)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Test.Token);
        limit.CancelAfter(Longest);
        while ((await runtime.Pool.StandingAsync(limit.Token)) is var standing && standing.Ready != wanted)
        {
            Assert.Null(standing.Problem);
            await watch.ChangedAsync(Longest, limit.Token);
        }
    }

    private static async Task MissesAsync(SandboxStore store, OpenCodeRuntime runtime, string task)
    {
        Assert.Equal(0, (await runtime.Executions.RunAsync(task, new RunRequest(["true"], true), Actor.Operator, null, Test.Token)).ExitCode);
        Assert.Equal(store.ContainerName(task), Assert.Single(await runtime.Sandboxes.ListAsync(task, Test.Token)).Name);
    }

    private static async Task TagAsync(string from, string to) =>
        await Sandbox.CurlAsync("POST", $"/images/{from}/tag?repo={to.Split(':')[0]}&tag={to.Split(':')[1]}");

    /// <summary>Everything the engine says about a container but whose it is.</summary>
    private static async Task<JsonObject> WhatItIsAsync(string name)
    {
        var container = (await Sandbox.CurlAsync("GET", $"/containers/{name}/json")).AsObject();
        foreach (var own in (string[])["Id", "Name", "Created", "State", "ResolvConfPath", "HostnamePath", "HostsPath", "LogPath", "GraphDriver", "NetworkSettings", "ExecIDs"])
        {
            container.Remove(own);
        }

        container["Config"]!.AsObject().Remove("Labels");
        container["Config"]!.AsObject().Remove("Hostname");
        // Podman tells it among the variables, and these in any order.
        container["Config"]!["Env"] = new JsonArray([.. container["Config"]!["Env"]!.AsArray().Select(static one => (string)one!).Where(static one => !one.StartsWith("HOSTNAME=", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(static one => (JsonNode)one)]);
        // The engine tells them in any order.
        var mounts = container["Mounts"]!.AsArray().OrderBy(static one => (string)one!["Destination"]!, StringComparer.Ordinal).Select(static one => one!.DeepClone().AsObject()).ToList();
        mounts.Single(static one => (string)one["Destination"]! == "/workspace").Remove("Source");
        container["Mounts"] = new JsonArray([.. mounts]);
        // As it was asked for, or in Podman's form of it.
        container["HostConfig"]!["Mounts"]?[0]!.AsObject().Remove("Source");
        container["HostConfig"]!.AsObject().Remove("Binds");
        return container;
    }
}
