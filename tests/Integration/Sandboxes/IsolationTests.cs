using System.Text.Json.Nodes;
using OpenCode.Common;
using OpenCode.Registry;
using OpenCode.Tasks;
using OpenCode.Tests.Integration.Crash;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>I8 for a given task: what is proven holds, what does not hold is seen, and what cannot be tried is never taken for proven.</summary>
public sealed class IsolationTests
{
    private static readonly string[] Names =
    [
        "User", "Capabilities", "NoNewPrivileges", "Seccomp", "RootFileSystem", "Mounts", "ProcessLimit", "MemoryLimit", "Network",
        "WriteRoot", "Mount", "Device", "UserNamespace", "KernelSettings", "HostName", "EngineSocket", "Machine", "OtherContainer", "ProcessBomb",
    ];

    [Theory]
    [InlineData(SandboxNetwork.None, "not reached")]
    [InlineData(SandboxNetwork.Internal, "not reached")]
    [InlineData(SandboxNetwork.Bridge, "reached at 10.")]
    public async Task Sandbox_under_each_policy_passes_every_probe_and_nothing_is_left(SandboxNetwork network, string machine)
    {
        await DockerEngine.NotOnPodmanAsync("no networks, and the other container of the probes has one");
        await DockerEngine.InThisNetworkAsync();
        await using var store = await SandboxStore.OpenAsync();
        var task = await store.NewTaskAsync();
        await store.RunAsync(task, "true");
        await store.Runtime.Sandboxes.ConfigureAsync(task, new SandboxSettings(network, 64, null, 40), Test.Token);
        var before = await EngineCount.OfAsync(store.Socket, store.StoreId);
        var probes = await store.Runtime.Isolation.TestAsync(task, Test.Token).ToListAsync(Test.Token);
        Assert.All(probes, static probe => Assert.True(probe.Passed, $"{probe}: {probe.Actual}, {probe.Detail}"));
        Assert.Equal(Names, probes.Select(static probe => probe.Name));
        Assert.StartsWith(machine, probes.Single(static probe => probe.Name == "Machine").Actual);
        Assert.Equal(before, await EngineCount.OfAsync(store.Socket, store.StoreId));
        Assert.Contains("19 of 19 probes passed", (await store.Runtime.Memory.HistoryAsync(task, new LogQuery(), Test.Token)).Entries[^1].Message);
        // What was tried left nothing, and the sandbox works.
        Assert.Equal("", (await store.RunAsync(task, "ls -A /workspace /tmp | grep -v ':$' | grep .")).Stdout);
    }

    [Fact]
    public async Task Container_that_holds_nothing_fails_the_probes_and_the_log_warns()
    {
        await DockerEngine.NotOnPodmanAsync("no networks, and the other container of the probes has one");
        await DockerEngine.InThisNetworkAsync();
        await using var store = await SandboxStore.OpenAsync();
        var task = await store.NewTaskAsync();
        await store.RunAsync(task, "true");
        // In its place one that lets everything out. What is tried in it undoes itself.
        var name = store.ContainerName(task);
        var labels = (await Sandbox.CurlAsync("GET", $"/containers/{name}/json"))["Config"]!["Labels"]!.DeepClone();
        await Sandbox.CurlAsync("DELETE", $"/containers/{name}?force=1");
        var body = new JsonObject
        {
            ["Image"] = DockerEngine.Image, ["Entrypoint"] = new JsonArray("sleep"), ["Cmd"] = new JsonArray("1000"), ["Labels"] = labels,
            ["HostConfig"] = new JsonObject { ["SecurityOpt"] = new JsonArray("seccomp=unconfined"), ["Binds"] = new JsonArray($"{store.Socket}:/var/run/docker.sock", $"{store.Configuration.DataRoot}:/stolen"), ["NetworkMode"] = "host" },
        };
        Assert.NotNull((await Sandbox.CurlAsync("POST", $"/containers/create?name={name}", body))["Id"]);
        Assert.Null((await Sandbox.CurlAsync("POST", $"/containers/{name}/start"))["message"]);

        var probes = await store.Runtime.Isolation.TestAsync(task, Test.Token).ToListAsync(Test.Token);
        // What the engine gives nobody unasked is refused there too, and the container whose process limit is tried is one of ours as always.
        string[] held = ["Mount", "UserNamespace", "KernelSettings", "HostName", "ProcessBomb"];
        Assert.Equal(Names.Except(held), probes.Where(static probe => probe.Outcome is IsolationOutcome.Failed).Select(static probe => probe.Name).Except(held));
        Assert.Contains("/stolen", probes.Single(static probe => probe.Name == "Mounts").Actual);
        Assert.Contains("/var/run/docker.sock", probes.Single(static probe => probe.Name == "EngineSocket").Actual);
        var line = (await store.Runtime.Memory.HistoryAsync(task, new LogQuery(), Test.Token)).Entries[^1];
        Assert.Equal(LogLevel.Warn, line.Level);
        Assert.Contains("failed: User, Capabilities", line.Message);
    }

    [Fact]
    public async Task Image_without_a_shell_or_programs_has_nothing_proven()
    {
        await using var store = await SandboxStore.OpenAsync(); // says that there is no engine, where there is none
        await TestImages.WithoutShellAsync();
        var task = await store.NewTaskAsync("opencode-test:noshell");
        await store.Runtime.Executions.RunAsync(task, new RunRequest(["busybox", "true"], false), Actor.Operator, null, Test.Token);
        var probes = await store.Runtime.Isolation.TestAsync(task, Test.Token).ToListAsync(Test.Token);
        Assert.Equal(Names, probes.Select(static probe => probe.Name));
        Assert.All(probes, static probe => Assert.Equal(IsolationOutcome.NotTested, probe.Outcome));
        Assert.All(probes, static probe => Assert.NotEqual("", probe.Detail));
        Assert.All(probes, static probe => Assert.False(probe.Passed));
    }

    [Fact]
    public async Task What_is_not_running_is_refused()
    {
        await using var store = await SandboxStore.OpenAsync();
        var task = await store.NewTaskAsync();
        Assert.Equal(OpenCodeError.SandboxFailed, (await Assert.ThrowsAsync<OpenCodeException>(async () => await store.Runtime.Isolation.TestAsync(task, Test.Token).ToListAsync(Test.Token))).Error);
        await store.RunAsync(task, "true");
        await store.Runtime.Sandboxes.SuspendAsync(task, Test.Token);
        Assert.Contains("Resume-OcSandbox", (await Assert.ThrowsAsync<OpenCodeException>(async () => await store.Runtime.Isolation.TestAsync(task, Test.Token).ToListAsync(Test.Token))).Message);
    }

    [Fact]
    public async Task Helper_of_a_killed_process_is_swept_and_a_living_ones_is_not()
    {
        await DockerEngine.NotOnPodmanAsync("no networks, and the other container of the probes has one");
        await using var store = await SandboxStore.OpenAsync();
        var task = await store.NewTaskAsync();
        await store.RunAsync(task, "true");
        var before = await EngineCount.OfAsync(store.Socket, store.StoreId);
        await using var host = DockerEngine.Host();
        var plan = new OpenCode.Sandboxes.SandboxSpecification
        {
            StoreId = store.StoreId, TaskId = "probe_living", Image = DockerEngine.Image, Workspace = Path.Combine(store.Configuration.DataRoot, "tasks", task, "workspace"),
            Owner = ProcessIdentity.Current, NamePrefix = "octest", Network = SandboxNetwork.Internal, IsHelper = true,
        };
        await host.EnsureAsync(plan, null, Test.Token);
        await host.EnsureAsync(plan with { TaskId = "probe_dead", Owner = ProcessIdentity.Current with { ProcessId = 4_194_303, Started = ProcessIdentity.Current.Started + "0" } }, null, Test.Token);

        Assert.All(await store.Runtime.Sweep.OrphansAsync(Test.Token), static orphan => Assert.Equal("probe_dead", orphan.TaskId));
        Assert.Equal(2, await store.Runtime.Sweep.RunAsync(Test.Token));
        var left = (await EngineCount.OfAsync(store.Socket, store.StoreId)).Except(before).ToList();
        Assert.Equal(["container", "network"], left.Select(static one => one.Kind).Order());
        Assert.All(left, static one => Assert.Contains("probe_living", one.Name));
    }

    [Fact]
    public async Task Stopped_half_way_leaves_no_container()
    {
        await DockerEngine.NotOnPodmanAsync("no networks, and the other container of the probes has one");
        await using var store = await SandboxStore.OpenAsync();
        var task = await store.NewTaskAsync();
        await store.RunAsync(task, "true");
        var before = await EngineCount.OfAsync(store.Socket, store.StoreId);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Test.Token);
        var testing = store.Runtime.Isolation.TestAsync(task, stop.Token).ToListAsync(stop.Token).AsTask();
        while ((await EngineCount.OfAsync(store.Socket, store.StoreId)).Count == before.Count && !testing.IsCompleted)
        {
            // Asked of the engine until the other container is there.
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => testing);
        Assert.Equal(before, await EngineCount.OfAsync(store.Socket, store.StoreId));
    }
}
