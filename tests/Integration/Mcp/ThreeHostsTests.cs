using System.Text.Json.Nodes;
using OpenCode.Tests.Integration.Hosting;
using OpenCode.Tests.Integration.Sandboxes;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>Three agents on one task, each by a host of its own, in a real container; one of the hosts is killed in the middle of its command.</summary>
public sealed class ThreeHostsTests : IDisposable
{
    private readonly HostStore _store = new() { Tools = "all" };

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Three_agents_finish_one_task_although_the_host_of_one_is_killed_in_the_middle_of_its_command()
    {
        await DockerEngine.RequireAsync();
        _store.Variables["OPENCODE_DOCKER_SOCKET"] = Surroundings.Engine;
        _store.Variables["OPENCODE_DOCKER_IMAGE"] = DockerEngine.Image;
        await using var second = await HostClient.StartAsync(_store);
        await using var third = await HostClient.StartAsync(_store);
        await second.OkAsync("create_task_sandbox", new { name = "Collaborative task", taskId = "T", mode = "collaborative", owner = "agent-1" });
        try
        {
            long fence;
            using (var killed = await RawHost.ReadyAsync(_store))
            {
                fence = (await killed.ResultAsync("attach_agent_to_task", new JsonObject { ["taskId"] = "T", ["agentId"] = "agent-1" }))["fence"]!.GetValue<long>();
                await second.OkAsync("attach_agent_to_task", new { taskId = "T", agentId = "agent-2" });
                await third.OkAsync("attach_agent_to_task", new { taskId = "T", agentId = "agent-3" });
                await killed.CallAsync("execute_in_task", new JsonObject { ["taskId"] = "T", ["agentId"] = "agent-1", ["fence"] = fence, ["command"] = "echo half > schema; exec sleep 97531", ["timeout"] = 600_000 });

                // Both work while it works, and see what it has made so far.
                await Task.WhenAll(WorkAsync(second, "agent-2", "service"), WorkAsync(third, "agent-3", "tests"));
                killed.Kill();
            }

            // The others know the task as it was, with the agent whose client is about to come back.
            var task = (await third.OkAsync("get_task_status", new { taskId = "T" }))["task"]!;
            Assert.Equal("running", task["status"]!.GetValue<string>());
            Assert.Equal(["agent-1", "agent-2", "agent-3"], task["agents"]!.AsArray().Select(agent => agent!.GetValue<string>()).Order());
            await second.OkAsync("record_decision", new { taskId = "T", agentId = "agent-2", decision = "Go on without the first." });

            // A client starts its host anew; that one ends what nobody watches any more, and the agent takes its work up by its lease.
            await using var first = await HostClient.StartAsync(_store);
            await first.OkAsync("execute_in_task", new { taskId = "T", command = "while ps -o args | grep -q '[9]7531'; do :; done", timeout = (int)HostStore.Patience.TotalMilliseconds / 2 });
            await first.OkAsync("execute_in_task", new { taskId = "T", agentId = "agent-1", fence, command = "echo done > schema" });
            Assert.Contains((await first.OkAsync("get_decisions", new { taskId = "T" }))["decisions"]!.AsArray(), decision => decision!["decision"]!.GetValue<string>() == "Go on without the first.");

            Assert.Equal("done\ndone\ndone\n", (await second.OkAsync("execute_in_task", new { taskId = "T", command = "cat schema service tests" }))["stdout"]!.GetValue<string>());
            await second.OkAsync("detach_agent_from_task", new { taskId = "T", agentId = "agent-2" });
            await third.OkAsync("detach_agent_from_task", new { taskId = "T", agentId = "agent-3" });
            await first.OkAsync("complete_task", new { taskId = "T", agentId = "agent-1", fence, result = new { parts = 3 } });
            foreach (var host in new[] { second, third })
            {
                Assert.Equal("completed", (await host.OkAsync("get_task_status", new { taskId = "T" }))["status"]!.GetValue<string>());
            }
        }
        finally
        {
            await second.CallAsync("delete_task", new { taskId = "T", force = true });
        }
    }

    private static async Task WorkAsync(HostClient host, string agent, string part)
    {
        await host.OkAsync("append_log", new { taskId = "T", agentId = agent, message = $"Began with the {part}." });
        await host.OkAsync("record_decision", new { taskId = "T", agentId = agent, decision = $"I take the {part}." });
        await host.OkAsync("execute_in_task", new { taskId = "T", agentId = agent, command = $"while [ \"$(cat schema 2>/dev/null)\" != half ]; do :; done; echo done > {part}" });
    }
}
