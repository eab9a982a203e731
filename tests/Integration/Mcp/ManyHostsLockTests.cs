using System.Text.Json.Nodes;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>Claims and locks of several hosts on one store, some of them killed.</summary>
public sealed class ManyHostsLockTests : IDisposable
{
    private readonly HostStore _store = new() { Tools = "all" };

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Lock_of_a_killed_host_is_free_at_once_and_a_detached_one_is_not()
    {
        await using var host = await HostClient.StartAsync(_store);
        using (var killed = await RawHost.ReadyAsync(_store))
        {
            await killed.ResultAsync("acquire_lock", new JsonObject { ["resources"] = "bound", ["owner"] = "dead", ["leaseSeconds"] = 86_400 });
            await killed.ResultAsync("acquire_lock", new JsonObject { ["resources"] = "detached", ["owner"] = "dead", ["leaseSeconds"] = 86_400, ["detached"] = true });
            await host.RefusedAsync("LockHeld", "acquire_lock", new { resources = "bound", owner = "next" });
            killed.Kill();
        }

        await host.OkAsync("acquire_lock", new { resources = "bound", owner = "next" });
        await host.RefusedAsync("LockHeld", "acquire_lock", new { resources = "detached", owner = "next" });
    }

    [Fact]
    public async Task Waiting_for_a_host_that_is_killed_ends_with_it()
    {
        await using var host = await HostClient.StartAsync(_store);
        using var killed = await RawHost.ReadyAsync(_store);
        await killed.ResultAsync("acquire_lock", new JsonObject { ["resources"] = new JsonArray("a", "b"), ["owner"] = "dead", ["leaseSeconds"] = 86_400 });
        var waiting = host.OkAsync("acquire_lock", new { resources = new[] { "b", "c" }, owner = "next", waitMs = 300_000 });
        killed.Kill();

        Assert.Equal("b c", string.Join(' ', (await waiting)["leases"]!.AsArray().Select(lease => lease!["resource"]!.GetValue<string>())));
    }

    [Fact]
    public async Task Claim_of_a_killed_hosts_agent_is_the_agents_until_its_lease_ends()
    {
        await using var host = await HostClient.StartAsync(_store);
        await host.OkAsync("create_task_sandbox", new { name = "n", taskId = "t" });
        long fence;
        using (var killed = await RawHost.ReadyAsync(_store))
        {
            fence = (await killed.ResultAsync("claim_task", new JsonObject { ["agentId"] = "a", ["leaseSeconds"] = 2 }))["fence"]!.GetValue<long>();
            killed.Kill();
        }

        Assert.True((await host.OkAsync("heartbeat", new { taskId = "t", agentId = "a", fence }))["attached"]!.GetValue<bool>());
        var next = await host.OkAsync("claim_task", new { agentId = "b", waitMs = 60_000 });
        Assert.Equal(("t", 2), (next["taskId"]!.GetValue<string>(), next["task"]!["attempt"]!.GetValue<int>()));
        Assert.True(next["fence"]!.GetValue<long>() > fence);
        await host.RefusedAsync("LeaseLost", "heartbeat", new { taskId = "t", agentId = "a", fence });
    }

    [Fact]
    public async Task Each_task_is_claimed_once_by_two_hosts()
    {
        const int Tasks = 40;
        await using var one = await HostClient.StartAsync(_store);
        await using var two = await HostClient.StartAsync(_store);
        for (var i = 0; i < Tasks; i++)
        {
            await one.OkAsync("create_task_sandbox", new { name = "n" });
        }

        var claims = await Task.WhenAll(Enumerable.Range(0, Tasks + 10).Select(i => (i % 2 == 0 ? one : two).OkAsync("claim_task", new { agentId = $"agent-{i}" })));

        var claimed = claims.Where(claim => claim["claimed"]!.GetValue<bool>()).Select(claim => claim["taskId"]!.GetValue<string>()).ToList();
        Assert.Equal((Tasks, Tasks), (claimed.Count, claimed.Distinct().Count()));
    }

    [Fact]
    public async Task Key_is_known_to_every_host()
    {
        await using var one = await HostClient.StartAsync(_store);
        await using var two = await HostClient.StartAsync(_store);
        await one.OkAsync("create_task_sandbox", new { name = "n" });
        await one.OkAsync("create_task_sandbox", new { name = "n" });

        var claims = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => (i % 2 == 0 ? one : two).OkAsync("claim_task", new { agentId = "a", idempotencyKey = "claim" })));
        Assert.Single(claims.Select(claim => claim["taskId"]!.GetValue<string>()).Distinct());
        var locks = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => (i % 2 == 0 ? one : two).OkAsync("acquire_lock", new { resources = "r", owner = "a", idempotencyKey = "lock" })));
        Assert.Single(locks.Select(answer => answer["leases"]![0]!["fence"]!.GetValue<long>()).Distinct());
        Assert.Equal(2, (await two.OkAsync("list_locks"))["count"]!.GetValue<int>());
    }

    [Fact]
    public async Task Key_of_a_claim_whose_host_was_killed_at_any_moment_claims_one_task()
    {
        for (var round = 0; round < 8; round++)
        {
            using var store = new HostStore { Tools = "all" };
            await using var host = await HostClient.StartAsync(store);
            await host.OkAsync("create_task_sandbox", new { name = "n" });
            await host.OkAsync("create_task_sandbox", new { name = "n" });
            using (var killed = await RawHost.ReadyAsync(store))
            {
                await killed.CallAsync("claim_task", new JsonObject { ["agentId"] = "a", ["idempotencyKey"] = "k" });
                if (round > 0)
                {
                    await host.OkAsync("list_tasks", new { limit = round }); // some time passes, each round another
                }

                killed.Kill();
            }

            var claim = await host.OkAsync("claim_task", new { agentId = "a", idempotencyKey = "k" });
            Assert.True(claim["claimed"]!.GetValue<bool>());
            Assert.Equal(1, (await host.OkAsync("list_tasks", new { status = "running" }))["count"]!.GetValue<int>());
            Assert.True((await host.OkAsync("heartbeat", new { taskId = claim["taskId"]!.GetValue<string>(), agentId = "a", fence = claim["fence"]!.GetValue<long>() }))["attached"]!.GetValue<bool>());
        }
    }

    [Fact]
    public async Task Key_of_a_detached_lock_whose_host_was_killed_at_any_moment_gives_it_back_to_its_owner()
    {
        for (var round = 0; round < 4; round++)
        {
            using var store = new HostStore { Tools = "all" };
            await using var host = await HostClient.StartAsync(store);
            var acquire = new JsonObject { ["resources"] = new JsonArray("a", "b"), ["owner"] = "ada", ["detached"] = true, ["idempotencyKey"] = "k" };
            using (var killed = await RawHost.ReadyAsync(store))
            {
                await killed.CallAsync("acquire_lock", (JsonObject)acquire.DeepClone());
                if (round > 0)
                {
                    await host.OkAsync("list_tasks", new { limit = round }); // some time passes, each round another
                }

                killed.Kill();
            }

            var leases = (await host.OkAsync("acquire_lock", acquire))["leases"]!.AsArray();
            Assert.Equal(["a", "b"], leases.Select(lease => lease!["resource"]!.GetValue<string>()));
            Assert.Equal(2, (await host.OkAsync("list_locks"))["count"]!.GetValue<int>());
            await host.OkAsync("renew_lock", new { resource = "a", owner = "ada", fence = leases[0]!["fence"]!.GetValue<long>() });
        }
    }

    [Fact]
    public async Task Key_of_a_lock_whose_host_was_killed_is_refused_because_the_lock_has_ended()
    {
        var acquire = new JsonObject { ["resources"] = "r", ["owner"] = "a", ["idempotencyKey"] = "k" };
        using (var killed = await RawHost.ReadyAsync(_store))
        {
            await killed.ResultAsync("acquire_lock", (JsonObject)acquire.DeepClone());
            killed.Kill();
        }

        await using var host = await HostClient.StartAsync(_store);
        await host.RefusedAsync("LeaseLost", "acquire_lock", acquire);
        acquire["idempotencyKey"] = "another";
        await host.OkAsync("acquire_lock", acquire);
    }
}
