using System.Diagnostics;
using System.Text.Json.Nodes;
using OpenCode.Sandboxes.Docker;

namespace OpenCode.Tests.Integration.Sandboxes;

public sealed class LifetimeTests
{
    [Fact]
    public async Task Second_ensure_takes_the_container_that_is_there()
    {
        await using var sandbox = await Sandbox.StartAsync();
        Assert.True(sandbox.Container.Created);
        var again = await sandbox.Host.EnsureAsync(sandbox.Specification with { Image = "other:image", Owner = new("elsewhere", 1, "then") }, null, Test.Token);
        Assert.False(again.Created);
        Assert.Equal(sandbox.Container.Id, again.Id);
        Assert.True(again.Running);
    }

    [Fact]
    public async Task Stopped_container_is_started_again()
    {
        await using var sandbox = await Sandbox.StartAsync();
        await Sandbox.CurlAsync("POST", $"/containers/{sandbox.Container.Id}/kill");
        Assert.False((await sandbox.Host.FindAsync(sandbox.Specification, Test.Token))!.Running);
        var error = await Assert.ThrowsAsync<OpenCodeException>(() => sandbox.RunAsync("true", new RecordedOutput()));
        Assert.Equal(OpenCodeError.SandboxFailed, error.Error);
        Assert.Contains("running", error.Message);
        Assert.Equal(sandbox.Container.Id, (await sandbox.Host.EnsureAsync(sandbox.Specification, null, Test.Token)).Id);
        Assert.Equal("works", await sandbox.ReadAsync("echo works"));
    }

    [Fact]
    public async Task Racing_hosts_make_one_container()
    {
        await using var sandbox = await Sandbox.PlanAsync();
        var hosts = Enumerable.Range(0, 6).Select(static _ => DockerEngine.Host()).ToArray();
        var made = await Task.WhenAll(hosts.Select(host => host.EnsureAsync(sandbox.Specification, null, Test.Token)));
        Assert.Single(made.Select(static one => one.Id).Distinct());
        Assert.Single(made, static one => one.Created);
        Assert.All(made, static one => Assert.True(one.Running));
        foreach (var host in hosts)
        {
            await host.DisposeAsync();
        }
    }

    [Fact]
    public async Task Foreign_container_of_the_same_name_is_left_alone()
    {
        await using var sandbox = await Sandbox.PlanAsync();
        var name = sandbox.Specification.ContainerName;
        // Ours by everything but the store.
        var labels = new JsonObject { ["opencode.managed"] = "true", ["opencode.task.id"] = sandbox.Specification.TaskId, ["opencode.store.id"] = "another" };
        var made = await Sandbox.CurlAsync("POST", $"/containers/create?name={name}", new JsonObject { ["Image"] = DockerEngine.Image, ["Cmd"] = new JsonArray("sleep", "1000"), ["Labels"] = labels });
        var id = (string)made["Id"]!;
        try
        {
            var error = await Assert.ThrowsAsync<OpenCodeException>(() => sandbox.Host.EnsureAsync(sandbox.Specification, null, Test.Token));
            Assert.Equal(OpenCodeError.SandboxFailed, error.Error);
            Assert.Contains(name, error.Message);
            Assert.Null(await sandbox.Host.FindAsync(sandbox.Specification, Test.Token));
            await sandbox.Host.RemoveAsync(sandbox.Specification, Test.Token);
            Assert.Equal(id, (string?)(await sandbox.InspectAsync())["Id"]);
            Assert.Equal("created", (string?)(await sandbox.InspectAsync())["State"]!["Status"]);
        }
        finally
        {
            await Sandbox.CurlAsync("DELETE", $"/containers/{id}?force=1");
        }
    }

    [Fact]
    public async Task Remove_leaves_nothing_and_may_be_repeated()
    {
        await using var sandbox = await Sandbox.StartAsync();
        await sandbox.ReadAsync("sleep 300 & echo left");
        Assert.Equal([sandbox.Container.Id], (await sandbox.Host.ObjectsAsync(sandbox.Specification.StoreId, null, Test.Token)).Select(static one => one.Id));
        Assert.Empty(await sandbox.Host.ObjectsAsync("another", null, Test.Token));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => sandbox.Host.RemoveAsync(sandbox.Specification, Test.Token)));
        await sandbox.Host.RemoveAsync(sandbox.Specification, Test.Token);
        Assert.Empty(await sandbox.Host.ObjectsAsync(sandbox.Specification.StoreId, null, Test.Token));
        Assert.Null(await sandbox.Host.FindAsync(sandbox.Specification, Test.Token));
        Assert.True(Directory.Exists(sandbox.Specification.Workspace));
    }

    [Fact]
    public async Task Cancelled_ensure_leaves_no_container()
    {
        await using var sandbox = await Sandbox.PlanAsync();
        // A part of what it takes on this engine now, each time another.
        var watch = Stopwatch.StartNew();
        await sandbox.Host.EnsureAsync(sandbox.Specification, null, Test.Token);
        var whole = watch.Elapsed;
        await sandbox.Host.RemoveAsync(sandbox.Specification, Test.Token);
        var cancelled = 0;
        for (var round = 0; round < 6; round++)
        {
            using var stop = new CancellationTokenSource(whole * round / 6);
            try
            {
                await sandbox.Host.EnsureAsync(sandbox.Specification, null, stop.Token);
                await sandbox.Host.RemoveAsync(sandbox.Specification, Test.Token); // faster than before: it has come to its end
            }
            catch (OperationCanceledException)
            {
                cancelled++;
            }

            Assert.Empty(await sandbox.Host.ObjectsAsync(sandbox.Specification.StoreId, null, Test.Token));
        }

        Assert.True(cancelled > 0, "It was never cancelled.");
    }

    [Fact]
    public async Task Missing_workspace_is_named()
    {
        await using var sandbox = await Sandbox.PlanAsync();
        var plan = sandbox.Specification with { Workspace = sandbox.Specification.Workspace + "-missing" };
        var error = await Assert.ThrowsAsync<OpenCodeException>(() => sandbox.Host.EnsureAsync(plan, null, Test.Token));
        Assert.Equal(OpenCodeError.SandboxFailed, error.Error);
        Assert.Contains(plan.Workspace, error.Message);
        Assert.False(Directory.Exists(plan.Workspace));
    }

    [Fact]
    public async Task Workspace_that_is_a_link_is_refused()
    {
        await using var sandbox = await Sandbox.PlanAsync();
        var link = sandbox.Specification.Workspace + "-link";
        Directory.CreateSymbolicLink(link, "/etc");
        var error = await Assert.ThrowsAsync<OpenCodeException>(() => sandbox.Host.EnsureAsync(sandbox.Specification with { Workspace = link }, null, Test.Token));
        Assert.Equal(OpenCodeError.SandboxFailed, error.Error);
        Assert.Contains("link", error.Message);
        Assert.Empty(await sandbox.Host.ObjectsAsync(sandbox.Specification.StoreId, null, Test.Token));
    }

    [Fact]
    public async Task Container_that_cannot_start_is_removed()
    {
        await using var sandbox = await Sandbox.PlanAsync();
        // Less than the engine's minimum is refused at creation; enough for that and too little for a start fails later, or not at all.
        var error = await Assert.ThrowsAsync<OpenCodeException>(() => sandbox.Host.EnsureAsync(sandbox.Specification with { MemoryMiB = 1 }, null, Test.Token));
        Assert.Equal(OpenCodeError.SandboxFailed, error.Error);
        Assert.Empty(await sandbox.Host.ObjectsAsync(sandbox.Specification.StoreId, null, Test.Token));
    }

    [Fact]
    public async Task Image_without_sleep_is_refused_and_leaves_nothing()
    {
        await using var sandbox = await Sandbox.PlanAsync("opencode-test:nosleep");
        await TestImages.WithoutSleepAsync();
        for (var i = 0; i < 2; i++)
        {
            var error = await Assert.ThrowsAsync<OpenCodeException>(() => sandbox.Host.EnsureAsync(sandbox.Specification, null, Test.Token));
            Assert.Equal(OpenCodeError.SandboxFailed, error.Error);
            Assert.Contains("'opencode-test:nosleep' has no program 'sleep'", error.Message);
            Assert.Empty(await sandbox.Host.ObjectsAsync(sandbox.Specification.StoreId, null, Test.Token));
        }
    }

    [Fact]
    public async Task No_engine_is_unavailable_with_the_endpoint_and_what_to_do()
    {
        await using var host = new DockerSandboxHost(DockerEndpoint.Resolve("unix:///tmp/no-such-folder/docker.sock"), TimeProvider.System);
        var error = await Assert.ThrowsAsync<OpenCodeException>(() => host.PingAsync(Test.Token));
        Assert.Equal(OpenCodeError.SandboxUnavailable, error.Error);
        Assert.Contains("unix:///tmp/no-such-folder/docker.sock", error.Message);
        Assert.Contains("DOCKER_HOST", error.Message);
        Assert.Equal(OpenCodeError.SandboxUnavailable, (await Assert.ThrowsAsync<OpenCodeException>(() => host.ObjectsAsync("x", null, Test.Token))).Error);
    }

    [Fact]
    public async Task Endpoint_without_an_address_is_unavailable_with_its_problem()
    {
        await using var host = new DockerSandboxHost(DockerEndpoint.Resolve("ssh://me@host"), TimeProvider.System);
        Assert.Contains("ssh", (await Assert.ThrowsAsync<OpenCodeException>(() => host.PingAsync(Test.Token))).Message);
        Assert.Equal(OpenCodeError.SandboxUnavailable, (await Assert.ThrowsAsync<OpenCodeException>(() => host.ObjectsAsync("x", null, Test.Token))).Error);
    }

    [Fact]
    public async Task Socket_that_never_answers_is_given_up_after_ten_seconds()
    {
        var path = Path.Combine(Path.GetTempPath(), $"oc-{Guid.NewGuid():N}.sock");
        using var silent = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        silent.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(path));
        silent.Listen();
        await using var host = new DockerSandboxHost(DockerEndpoint.Resolve(path), TimeProvider.System);
        var error = await Assert.ThrowsAsync<OpenCodeException>(() => host.PingAsync(Test.Token).WaitAsync(TimeSpan.FromSeconds(60), Test.Token));
        Assert.Equal(OpenCodeError.SandboxUnavailable, error.Error);
        Assert.Contains("10 s", error.Message);
        File.Delete(path);
    }
}
