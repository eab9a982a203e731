using System.Text.Json.Nodes;
using OpenCode.Common;
using OpenCode.Registry;
using OpenCode.Tasks;
using OpenCode.Tests.Integration.Crash;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>I5, I6: what belongs to nothing is found and removed, both ways; what belongs to something, or is not ours, is not touched.</summary>
public sealed class SweepTests
{
    private static readonly ProcessIdentity Dead = ProcessIdentity.Current with { ProcessId = 4_194_303, Started = ProcessIdentity.Current.Started + "0" };

    [Fact]
    public async Task Objects_of_deleted_tasks_are_orphans_and_those_of_others_are_not()
    {
        await using var store = await SandboxStore.OpenAsync();
        var living = await store.NewTaskAsync();
        await store.RunAsync(living, "true");
        await CreateContainerAsync(store.StoreId, "gone", "octest-left", running: true);
        await CreateContainerAsync("another", "gone", "octest-foreign", running: false);
        var filterless = await Sandbox.CurlAsync("POST", "/volumes/create", new JsonObject { ["Name"] = $"octest-{store.StoreId}", ["Labels"] = Labels(store.StoreId, "gone", Dead) });
        Assert.NotNull(filterless["Name"]);
        await Sandbox.CurlAsync("POST", "/networks/create", new JsonObject { ["Name"] = $"octest-{store.StoreId}", ["Internal"] = true, ["Labels"] = Labels(store.StoreId, "gone", Dead), ["IPAM"] = JsonNode.Parse("""{"Config":[{"Subnet":"10.207.255.0/28"}]}""") });
        try
        {
            var orphans = await store.Runtime.Sweep.OrphansAsync(Test.Token);
            Assert.Equal([SandboxObjectKind.Container, SandboxObjectKind.Network, SandboxObjectKind.Volume], orphans.Select(static one => one.Kind).Order());
            Assert.All(orphans, static one => Assert.Equal("gone", one.TaskId));
            foreach (var orphan in orphans.OrderBy(static one => one.Kind))
            {
                Assert.True(await store.Runtime.Sweep.RemoveAsync(orphan, Test.Token));
                Assert.False(await store.Runtime.Sweep.RemoveAsync(orphan, Test.Token));
            }

            Assert.Empty(await store.Runtime.Sweep.OrphansAsync(Test.Token));
            Assert.Equal(SandboxStatus.Running, Assert.Single(await store.Runtime.Sandboxes.ListAsync(living, Test.Token)).Status);
            Assert.Single(await EngineCount.OfAsync(store.Socket, "another"));
        }
        finally
        {
            await Sandbox.CurlAsync("DELETE", "/containers/octest-foreign?force=1");
        }
    }

    [Fact]
    public async Task Container_that_never_started_goes_when_its_maker_is_dead_and_stays_while_it_may_live()
    {
        await using var store = await SandboxStore.OpenAsync();
        var task = await store.NewTaskAsync();
        var name = store.ContainerName(task);
        await store.Runtime.Registry.WriteAsync(new BeginSandbox(task, SandboxDeed.Create, name, DockerEngine.Image, Actor.Operator), Test.Token);
        await CreateContainerAsync(store.StoreId, task, name, running: false, ProcessIdentity.Current);
        Assert.Empty(await store.Runtime.Sweep.OrphansAsync(Test.Token));
        Assert.Equal(0, await store.Runtime.Sweep.RunAsync(Test.Token));
        await Sandbox.CurlAsync("DELETE", $"/containers/{name}?force=1");
        await store.Runtime.Registry.WriteAsync(new LeaveSandbox(task, SandboxDeed.Create), Test.Token);
        await CreateContainerAsync(store.StoreId, task, name, running: false, Dead);
        Assert.Contains("never started", Assert.Single(await store.Runtime.Sweep.OrphansAsync(Test.Token)).Reason);
        await store.Runtime.Sweep.RunAsync(Test.Token);
        Assert.Empty(await EngineCount.OfAsync(store.Socket, store.StoreId));
        Assert.Null(await store.Runtime.Registry.SandboxAsync(task, Test.Token));
    }

    [Fact]
    public async Task Container_that_ended_is_told_once_and_started_again_by_the_next_command()
    {
        await using var store = await SandboxStore.OpenAsync();
        var task = await store.NewTaskAsync();
        await store.RunAsync(task, "echo kept >/workspace/file");
        await Sandbox.CurlAsync("POST", $"/containers/{store.ContainerName(task)}/kill");
        Assert.Equal(1, await store.Runtime.Sweep.RunAsync(Test.Token));
        Assert.Equal(0, await store.Runtime.Sweep.RunAsync(Test.Token));
        Assert.Single(await LogAsync(store, task), static line => line.Contains("container has ended"));
        Assert.Equal(SandboxStatus.Stopped, Assert.Single(await store.Runtime.Sandboxes.ListAsync(task, Test.Token)).Status);
        Assert.Equal("kept\n", (await store.RunAsync(task, "cat /workspace/file")).Stdout);
        Assert.Empty(await EngineCount.DisagreementsAsync(store.Socket, store.Runtime, Test.Token));
    }

    [Fact]
    public async Task Container_that_somebody_removed_is_forgotten_with_its_network_and_made_anew()
    {
        await DockerEngine.NotOnPodmanAsync("no networks");
        await using var store = await SandboxStore.OpenAsync();
        var task = await store.NewTaskAsync();
        await store.Runtime.Sandboxes.ConfigureAsync(task, new SandboxSettings(SandboxNetwork.Internal, null, null, null), Test.Token);
        await store.RunAsync(task, "true");
        await Sandbox.CurlAsync("DELETE", $"/containers/{store.ContainerName(task)}?force=1");
        Assert.Equal(SandboxStatus.Missing, Assert.Single(await store.Runtime.Sandboxes.ListAsync(task, Test.Token)).Status);
        Assert.Equal(SandboxObjectKind.Record, Assert.Single(await store.Runtime.Sweep.OrphansAsync(Test.Token)).Kind);
        await store.Runtime.Sweep.RunAsync(Test.Token);
        Assert.Empty(await EngineCount.OfAsync(store.Socket, store.StoreId));
        Assert.Single(await LogAsync(store, task), static line => line.Contains("gone from the engine"));
        await store.RunAsync(task, "true");
        Assert.Empty(await EngineCount.DisagreementsAsync(store.Socket, store.Runtime, Test.Token));
    }

    [Fact]
    public async Task Container_that_the_registry_does_not_know_is_taken_over_when_its_task_lives()
    {
        await using var store = await SandboxStore.OpenAsync();
        var task = await store.NewTaskAsync();
        await CreateContainerAsync(store.StoreId, task, store.ContainerName(task), running: true);
        Assert.Empty(await store.Runtime.Sweep.OrphansAsync(Test.Token));
        await store.Runtime.Sweep.RunAsync(Test.Token);
        Assert.Empty(await EngineCount.DisagreementsAsync(store.Socket, store.Runtime, Test.Token));
        Assert.Single(await LogAsync(store, task), static line => line.Contains("taken over"));
    }

    [Fact]
    public async Task Command_whose_watcher_is_dead_is_ended_with_its_tree_and_its_output_is_kept()
    {
        await using var store = await SandboxStore.OpenAsync();
        var task = await store.NewTaskAsync();
        await store.RunAsync(task, "true");
        var execution = new Execution { Id = "exec_watched", TaskId = task, Command = ["sleep"], StartedAt = DateTimeOffset.UtcNow };
        await using (var before = await store.AgainAsync(Dead))
        {
            await before.Registry.WriteAsync(new BeginExecution(execution, Actor.Operator), Test.Token);
        }

        // As a dead process leaves it: its command runs on, with its mark, and nobody reads.
        var exec = await Sandbox.CurlAsync("POST", $"/containers/{store.ContainerName(task)}/exec", new JsonObject { ["Cmd"] = new JsonArray("sh", "-c", "setsid sleep 301 & sleep 302"), ["Env"] = new JsonArray("OPENCODE_EXECUTION=:exec_watched:") });
        await Sandbox.CurlAsync("POST", $"/exec/{exec["Id"]}/start", new JsonObject { ["Detach"] = true });
        await File.WriteAllTextAsync(Path.Combine(store.Runtime.Configuration.DataRoot, "tasks", task, "executions", "exec_watched.log"), "came before\n", Test.Token);
        var after = store.Runtime;
        await after.Sweep.RunAsync(Test.Token);
        var ended = Assert.Single(await after.Executions.ListAsync(task, "exec_watched", null, Test.Token));
        Assert.Equal(("came before\n", null), (ended.Stdout, ended.ExitCode));
        Assert.Empty(await after.Registry.OpenExecutionsAsync(Test.Token));
        Assert.DoesNotContain("30", (await store.RunAsync(task, "ps -o args | grep '[s]leep 30'")).Stdout);
    }

    private static async Task<IEnumerable<string>> LogAsync(SandboxStore store, string task) => (await store.Runtime.Memory.HistoryAsync(task, new LogQuery(), Test.Token)).Entries.Select(static entry => entry.Message);

    private static JsonObject Labels(string storeId, string task, ProcessIdentity owner) => new()
    {
        ["opencode.managed"] = "true",
        ["opencode.task.id"] = task,
        ["opencode.store.id"] = storeId,
        ["opencode.owner.host"] = owner.Host,
        ["opencode.owner.pid"] = $"{owner.ProcessId}",
        ["opencode.owner.started"] = owner.Started,
    };

    private static async Task CreateContainerAsync(string storeId, string task, string name, bool running, ProcessIdentity? owner = null)
    {
        var body = new JsonObject { ["Image"] = DockerEngine.Image, ["Cmd"] = new JsonArray("sleep", "1000"), ["Labels"] = Labels(storeId, task, owner ?? Dead), ["HostConfig"] = new JsonObject { ["NetworkMode"] = "none" } };
        Assert.NotNull((await Sandbox.CurlAsync("POST", $"/containers/create?name={name}", body))["Id"]);
        if (running)
        {
            await Sandbox.CurlAsync("POST", $"/containers/{name}/start");
        }
    }
}
