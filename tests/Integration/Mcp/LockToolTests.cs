using System.Text.Json.Nodes;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>The tools of <c>--tools all</c> for work and locks, on one host.</summary>
public sealed class LockToolTests : IAsyncLifetime
{
    private readonly HostStore _store = new() { Tools = "all" };
    private HostClient _host = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await HostClient.StartAsync(_store);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _store.Dispose();
    }

    [Fact]
    public async Task Claim_gives_the_oldest_ready_task_started_and_leased_and_none_is_no_error()
    {
        Assert.Contains("No task is ready", HostClient.Text(await _host.CallAsync("claim_task", new { agentId = "a" })), StringComparison.Ordinal);
        var none = await _host.OkAsync("claim_task", new { agentId = "a", waitMs = 50 });
        Assert.Equal((true, false, null), (none["success"]!.GetValue<bool>(), none["claimed"]!.GetValue<bool>(), none["taskId"]));
        await CreateAsync("one", "ada");
        await CreateAsync("two", "bob");

        var claim = await _host.OkAsync("claim_task", new { agentId = "a", owner = "bob", leaseSeconds = 60 });

        Assert.Equal((true, "two"), (claim["claimed"]!.GetValue<bool>(), claim["taskId"]!.GetValue<string>()));
        Assert.Equal(("running", """["a"]"""), (claim["task"]!["status"]!.GetValue<string>(), claim["task"]!["agents"]!.ToJsonString()));
        Assert.InRange(claim["expiresAt"]!.GetValue<DateTimeOffset>(), TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow().AddSeconds(61));
        Assert.Equal("one", (await _host.OkAsync("claim_task", new { agentId = "b" }))["taskId"]!.GetValue<string>());
        Assert.False((await _host.OkAsync("claim_task", new { agentId = "c" }))["claimed"]!.GetValue<bool>());
        await _host.RefusedAsync("AgentNotAttached", "execute_in_task", new { taskId = "two", command = "true", agentId = "b" });
        await _host.RefusedAsync("SandboxUnavailable", "execute_in_task", new { taskId = "two", command = "true", agentId = "a", fence = claim["fence"]!.GetValue<long>() });
    }

    [Fact]
    public async Task Claim_that_waits_gets_a_task_that_comes_later()
    {
        var waiting = _host.OkAsync("claim_task", new { agentId = "a", waitMs = 60_000 });
        await CreateAsync("late", "system");

        Assert.Equal("late", (await waiting)["taskId"]!.GetValue<string>());
    }

    [Fact]
    public async Task Heartbeat_renews_and_says_stop_when_the_task_was_cancelled()
    {
        await CreateAsync("t", "system");
        await _host.RefusedAsync("AgentNotAttached", "heartbeat", new { taskId = "t", agentId = "a" });
        var fence = (await _host.OkAsync("claim_task", new { agentId = "a" }))["fence"]!.GetValue<long>();

        var beat = await _host.OkAsync("heartbeat", new { taskId = "t", agentId = "a", fence, progress = "half\nway", idempotencyKey = "k" });
        Assert.Equal(("running", true, fence, null), (beat["status"]!.GetValue<string>(), beat["attached"]!.GetValue<bool>(), beat["fence"]!.GetValue<long>(), beat["reason"]));
        var later = await _host.OkAsync("heartbeat", new { taskId = "t", agentId = "a", fence, progress = "half\nway", idempotencyKey = "k" });
        Assert.True(later["expiresAt"]!.GetValue<DateTimeOffset>() > beat["expiresAt"]!.GetValue<DateTimeOffset>(), "A repeated heartbeat has to renew, whatever its key.");
        await _host.RefusedAsync("LeaseLost", "heartbeat", new { taskId = "t", agentId = "a", fence = fence + 1 });
        await _host.RefusedAsync("TaskNotFound", "heartbeat", new { taskId = "none", agentId = "a" });

        await _host.OkAsync("cancel_task", new { taskId = "t", reason = "not wanted" });
        var told = await _host.CallAsync("heartbeat", new { taskId = "t", agentId = "a", fence });
        Assert.Equal("Stop: the task was cancelled: not wanted", HostClient.Text(told));
        var end = await _host.OkAsync("heartbeat", new { taskId = "t", agentId = "a", fence });
        Assert.Equal(("cancelled", false, null, "not wanted"), (end["status"]!.GetValue<string>(), end["attached"]!.GetValue<bool>(), end["fence"], end["reason"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Locks_are_taken_renewed_listed_and_released()
    {
        var one = (await _host.OkAsync("acquire_lock", new { resources = "deploy", owner = "ada", leaseSeconds = 60 }))["leases"]!.AsArray();
        var lease = Assert.Single(one)!;
        Assert.Equal(("deploy", "ada", "exclusive", false), (lease["resource"]!.GetValue<string>(), lease["owner"]!.GetValue<string>(), lease["mode"]!.GetValue<string>(), lease["detached"]!.GetValue<bool>()));
        Assert.Contains("'ada'", await _host.RefusedAsync("LockHeld", "acquire_lock", new { resources = new[] { "x", "deploy" }, owner = "bob" }), StringComparison.Ordinal);
        await _host.RefusedAsync("LockTimeout", "acquire_lock", new { resources = "deploy", owner = "bob", waitMs = 50 });

        var fence = lease["fence"]!.GetValue<long>();
        var renewed = (await _host.OkAsync("renew_lock", new { resource = "deploy", owner = "ada", fence, leaseSeconds = 600 }))["lease"]!;
        Assert.Equal(fence, renewed["fence"]!.GetValue<long>());
        Assert.True(renewed["expiresAt"]!.GetValue<DateTimeOffset>() > lease["expiresAt"]!.GetValue<DateTimeOffset>());
        await _host.RefusedAsync("LeaseLost", "renew_lock", new { resource = "deploy", owner = "ada", fence = fence + 1 });
        await _host.RefusedAsync("LeaseLost", "renew_lock", new { resource = "deploy", owner = "bob", fence });

        await _host.OkAsync("acquire_lock", new { resources = new[] { "doc:b", "doc:a" }, owner = "bob", mode = "Collaborative", detached = true });
        await _host.OkAsync("acquire_lock", new { resources = "doc:a", owner = "eve", mode = "collaborative" });
        var listed = await _host.OkAsync("list_locks", new { resource = "doc:*" });
        Assert.Equal(["doc:a bob True", "doc:a eve False", "doc:b bob True"], listed["locks"]!.AsArray().Select(l => $"{l!["resource"]} {l["owner"]} {l["detached"]!.GetValue<bool>()}"));
        Assert.Equal((3, 2), await CountsAsync(new { resource = "doc:*", limit = 2 }));
        Assert.Equal((2, 2), await CountsAsync(new { owner = "bob" }));
        Assert.Equal((4, 4), await CountsAsync(new { }));

        Assert.Contains("'eve'", await _host.RefusedAsync("LeaseLost", "release_lock", new { resource = "deploy", owner = "eve" }), StringComparison.Ordinal);
        Assert.Equal("""["deploy"]""", (await _host.OkAsync("release_lock", new { resource = "deploy", owner = "ada", fence }))["released"]!.ToJsonString());
        await _host.RefusedAsync("LeaseLost", "release_lock", new { resource = "deploy", owner = "ada", fence });
        Assert.Equal((3, 3), await CountsAsync(new { }));
    }

    [Fact]
    public async Task Everything_of_an_owner_is_released_its_tasks_too()
    {
        await CreateAsync("t", "system");
        var fence = (await _host.OkAsync("claim_task", new { agentId = "mad" }))["fence"]!.GetValue<long>();
        await _host.OkAsync("acquire_lock", new { resources = new[] { "a", "b" }, owner = "mad" });
        await _host.RefusedAsync("InvalidArgument", "release_lock", new { resource = "a", owner = "mad", all = true });
        await _host.RefusedAsync("InvalidArgument", "release_lock", new { owner = "mad", fence, all = true });
        await _host.RefusedAsync("InvalidArgument", "release_lock", new { owner = "mad" });

        Assert.Equal("""["a","b","task:t"]""", (await _host.OkAsync("release_lock", new { owner = "mad", all = true }))["released"]!.ToJsonString());

        await _host.RefusedAsync("LeaseLost", "heartbeat", new { taskId = "t", agentId = "mad", fence });
        Assert.Equal("t", (await _host.OkAsync("claim_task", new { agentId = "good" }))["taskId"]!.GetValue<string>());
        Assert.Empty((await _host.OkAsync("release_lock", new { owner = "mad", all = true }))["released"]!.AsArray());
    }

    [Fact]
    public async Task Key_answers_as_the_first_call_did_as_long_as_what_it_gave_is_there()
    {
        var claim = new { agentId = "a", idempotencyKey = "claim" };
        Assert.False((await _host.OkAsync("claim_task", claim))["claimed"]!.GetValue<bool>());
        await CreateAsync("one", "system");
        await CreateAsync("two", "system");
        var first = await _host.OkAsync("claim_task", claim); // the first that found something
        Assert.Equal("one", first["taskId"]!.GetValue<string>());
        Assert.True(JsonNode.DeepEquals(first, await _host.OkAsync("claim_task", claim)));
        await _host.OkAsync("detach_agent_from_task", new { taskId = "one", agentId = "a" });
        Assert.Contains("'one'", await _host.RefusedAsync("LeaseLost", "claim_task", claim), StringComparison.Ordinal);
        Assert.Equal("pending", (await _host.OkAsync("get_task_status", new { taskId = "two" }))["status"]!.GetValue<string>());

        var acquire = new { resources = new[] { "a", "b[*]" }, owner = "ada", idempotencyKey = "lock" };
        var locked = await _host.OkAsync("acquire_lock", acquire);
        Assert.True(JsonNode.DeepEquals(locked, await _host.OkAsync("acquire_lock", acquire)));
        await _host.OkAsync("release_lock", new { resource = "b[*]", owner = "ada", idempotencyKey = "release" });
        await _host.OkAsync("release_lock", new { resource = "b[*]", owner = "ada", idempotencyKey = "release" });
        Assert.Contains("'b[*]'", await _host.RefusedAsync("LeaseLost", "acquire_lock", acquire), StringComparison.Ordinal);
        await _host.RefusedAsync("InvalidArgument", "renew_lock", new { resource = "a", owner = "ada", fence = 1, idempotencyKey = "" });
    }

    [Fact]
    public async Task Acquire_cancelled_by_the_client_leaves_the_line()
    {
        await _host.OkAsync("acquire_lock", new { resources = "r", owner = "holder" });
        using var raw = await RawHost.ReadyAsync(_store);
        var waiting = await raw.CallAsync("acquire_lock", new JsonObject { ["resources"] = "r", ["owner"] = "waiter", ["waitMs"] = 300_000 });
        await using var runtime = await OpenCodeRuntime.OpenAsync(new OpenCode.Configuration.OpenCodeConfiguration { DataRoot = _store.DataRoot }, Token);
        await UntilWaitingAsync(runtime, 1);

        await raw.SendAsync($$$"""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{{{waiting}}}}}""");
        await UntilWaitingAsync(runtime, 0);

        await _host.OkAsync("release_lock", new { resource = "r", owner = "holder" });
        await _host.OkAsync("acquire_lock", new { resources = "r", owner = "next" });
    }

    private static async Task UntilWaitingAsync(OpenCodeRuntime runtime, long count)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(HostStore.Patience);
        while ((await runtime.Tasks.StatisticAsync(0, limit.Token)).Locks.Waiting != count)
        {
            await Task.Yield();
        }
    }

    private Task<JsonObject> CreateAsync(string id, string owner) => _host.OkAsync("create_task_sandbox", new { name = id, taskId = id, owner });

    private async Task<(int Count, int Returned)> CountsAsync(object arguments)
    {
        var answer = await _host.OkAsync("list_locks", arguments);
        Assert.Equal(answer["locks"]!.AsArray().Count, answer["returned"]!.GetValue<int>());
        return (answer["count"]!.GetValue<int>(), answer["returned"]!.GetValue<int>());
    }
}
