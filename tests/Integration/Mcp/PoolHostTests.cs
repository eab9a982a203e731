using OpenCode.Configuration;
using OpenCode.Tests.Integration.Crash;
using OpenCode.Tests.Integration.Hosting;
using OpenCode.Tests.Integration.Sandboxes;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>A host keeps what the configuration says ready for its clients' tasks, and takes it along when its client leaves.</summary>
public sealed class PoolHostTests : IDisposable
{
    private readonly HostStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task First_command_of_a_task_runs_in_a_container_that_was_ready_and_none_is_left_when_the_host_ends()
    {
        await DockerEngine.RequireAsync();
        _store.Variables["OPENCODE_DOCKER_SOCKET"] = Surroundings.Engine;
        _store.Variables["OPENCODE_DOCKER_IMAGE"] = DockerEngine.Image;
        Directory.CreateDirectory(_store.DataRoot);
        await File.WriteAllTextAsync(Path.Combine(_store.DataRoot, "config.json"), """{"docker":{"warmPool":{"size":2},"defaultResourceLimits":{"memory":64}}}""", Test.Token);
        await using var runtime = await OpenCodeRuntime.OpenAsync(new OpenCodeConfiguration { DataRoot = _store.DataRoot }, Test.Token);
        await using (var host = await HostClient.StartAsync(_store))
        {
            await PoolWatch.UntilReadyAsync(runtime, 2);
            var task = (await host.OkAsync("create_task_sandbox", new { name = "n" }))["taskId"]!.GetValue<string>();
            Assert.Equal("pooled\n", (await host.OkAsync("execute_in_task", new { taskId = task, command = "echo pooled | tee kept" }))["stdout"]!.GetValue<string>());
            Assert.Contains("-pool.", (await runtime.Registry.SandboxAsync(task, Test.Token))!.ContainerName, StringComparison.Ordinal);
            Assert.Equal("pooled\n", await File.ReadAllTextAsync(Path.Combine(_store.DataRoot, "tasks", task, "workspace", "kept"), Test.Token));

            await PoolWatch.UntilReadyAsync(runtime, 2); // filled again
            await host.OkAsync("delete_task", new { taskId = task, force = true });
        }

        await PoolWatch.UntilReadyAsync(runtime, 0);
        Assert.Empty(await EngineCount.OfAsync(DockerEngine.Endpoint.Address!.LocalPath, runtime.StoreId));
    }
}
