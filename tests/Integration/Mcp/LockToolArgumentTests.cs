using System.Text.Json.Nodes;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>Wrong, missing, unknown and hostile arguments of the further tools: refused by name, and nothing is changed.</summary>
public sealed class LockToolArgumentTests(SharedHostOfAllTools shared) : IClassFixture<SharedHostOfAllTools>
{
    [Theory]
    [InlineData("claim_task", """{}""", "agentId")]
    [InlineData("claim_task", """{ "agentId": 5 }""", "agentId")]
    [InlineData("claim_task", """{ "agentId": "" }""", "agent id")]
    [InlineData("claim_task", """{ "agentId": "operator" }""", "operator")]
    [InlineData("claim_task", """{ "agentId": "a\nb" }""", "agent id")]
    [InlineData("claim_task", """{ "agentId": "a", "owner": "" }""", "owner")]
    [InlineData("claim_task", """{ "agentId": "a", "waitMs": 300001 }""", "waitMs")]
    [InlineData("claim_task", """{ "agentId": "a", "waitMs": -1 }""", "waitMs")]
    [InlineData("claim_task", """{ "agentId": "a", "leaseSeconds": 0 }""", "leaseSeconds")]
    [InlineData("claim_task", """{ "agentId": "a", "idempotencyKey": "" }""", "idempotency key")]
    [InlineData("claim_task", """{ "agentId": "a", "wait": true }""", "wait")]
    [InlineData("heartbeat", """{ "taskId": "T" }""", "agentId")]
    [InlineData("heartbeat", """{ "agentId": "a" }""", "taskId")]
    [InlineData("heartbeat", """{ "taskId": "../T", "agentId": "a" }""", "task id")]
    [InlineData("heartbeat", """{ "taskId": "T", "agentId": "a", "fence": "1" }""", "fence")]
    [InlineData("heartbeat", """{ "taskId": "T", "agentId": "a", "progress": 5 }""", "progress")]
    [InlineData("heartbeat", """{ "taskId": "T", "agentId": "a", "idempotencyKey": "" }""", "idempotency key")]
    [InlineData("acquire_lock", """{ "owner": "a" }""", "resources")]
    [InlineData("acquire_lock", """{ "resources": "r" }""", "owner")]
    [InlineData("acquire_lock", """{ "resources": "", "owner": "a" }""", "resource")]
    [InlineData("acquire_lock", """{ "resources": [], "owner": "a" }""", "resources")]
    [InlineData("acquire_lock", """{ "resources": ["r", 1], "owner": "a" }""", "resources")]
    [InlineData("acquire_lock", """{ "resources": { "r": 1 }, "owner": "a" }""", "resources")]
    [InlineData("acquire_lock", """{ "resources": ["r", "a\u0000b"], "owner": "a" }""", "resource")]
    [InlineData("acquire_lock", """{ "resources": "task:T", "owner": "a" }""", "task:T")]
    [InlineData("acquire_lock", """{ "resources": "hooks:T", "owner": "a" }""", "hooks:T")]
    [InlineData("acquire_lock", """{ "resources": "turn:T", "owner": "a" }""", "turn:T")]
    [InlineData("acquire_lock", """{ "resources": "r", "owner": "a", "mode": "shared" }""", "mode")]
    [InlineData("acquire_lock", """{ "resources": "r", "owner": "a", "leaseSeconds": 2592001 }""", "leaseSeconds")]
    [InlineData("acquire_lock", """{ "resources": "r", "owner": "a", "waitMs": 1e300 }""", "waitMs")]
    [InlineData("acquire_lock", """{ "resources": "r", "owner": "a", "detached": "no" }""", "detached")]
    [InlineData("acquire_lock", """{ "resources": "r", "owner": "a", "resource": "r" }""", "resource")]
    [InlineData("renew_lock", """{ "resource": "r", "owner": "a" }""", "fence")]
    [InlineData("renew_lock", """{ "owner": "a", "fence": 1 }""", "resource")]
    [InlineData("renew_lock", """{ "resource": ["r"], "owner": "a", "fence": 1 }""", "resource")]
    [InlineData("renew_lock", """{ "resource": "task:T", "owner": "a", "fence": 1 }""", "task:T")]
    [InlineData("renew_lock", """{ "resource": "r", "owner": "a", "fence": -1 }""", "fence")]
    [InlineData("release_lock", """{ "resource": "r" }""", "owner")]
    [InlineData("release_lock", """{ "owner": "a" }""", "resource")]
    [InlineData("release_lock", """{ "owner": "a", "all": false }""", "resource")]
    [InlineData("release_lock", """{ "owner": "a", "all": "true" }""", "all")]
    [InlineData("release_lock", """{ "owner": "a", "resource": "hooks:T" }""", "hooks:T")]
    [InlineData("list_locks", """{ "limit": 0 }""", "limit")]
    [InlineData("list_locks", """{ "resource": 1 }""", "resource")]
    [InlineData("list_locks", """{ "resource": "a\nb" }""", "resource")]
    [InlineData("list_locks", """{ "idempotencyKey": "k" }""", "idempotencyKey")]
    public async Task Wrong_argument_is_refused_by_its_name(string tool, string arguments, string name)
    {
        var before = await StandAsync();

        Assert.Contains(name, await shared.Host.RefusedAsync("InvalidArgument", tool, JsonNode.Parse(arguments)), StringComparison.Ordinal);

        Assert.Equal(before, await StandAsync());
    }

    [Fact]
    public async Task Arguments_beyond_their_limits_are_refused()
    {
        await shared.Host.RefusedAsync("InvalidArgument", "acquire_lock", new { resources = Enumerable.Range(0, 65).Select(i => $"r{i}"), owner = "a" });
        await shared.Host.RefusedAsync("InvalidArgument", "acquire_lock", new { resources = new string('r', 256), owner = "a" });
        await shared.Host.RefusedAsync("InvalidArgument", "list_locks", new { resource = string.Concat(Enumerable.Repeat("*a", 5_000)) });
        await shared.Host.RefusedAsync("LimitExceeded", "heartbeat", new { taskId = "T", agentId = "a", progress = new string('x', 4_001) });
        Assert.Equal(0, (await shared.Host.OkAsync("list_locks", new { resource = "[" }))["count"]!.GetValue<int>());
        Assert.Equal(0, (await shared.Host.OkAsync("list_locks", new { resource = string.Concat(Enumerable.Repeat("*a", 127)) + "b" }))["count"]!.GetValue<int>());
    }

    private async Task<string> StandAsync() =>
        (await shared.Host.OkAsync("list_tasks"))["tasks"]!.ToJsonString() + (await shared.Host.OkAsync("list_locks"))["locks"]!.ToJsonString();
}
