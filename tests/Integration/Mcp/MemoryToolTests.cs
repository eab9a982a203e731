using System.Text.Json.Nodes;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>The tools of <c>--tools all</c> for the end of tasks, their memory and their checkpoints, on one host.</summary>
public sealed class MemoryToolTests : IAsyncLifetime
{
    private readonly HostStore _store = new() { Tools = "all" };
    private HostClient _host = null!;

    public async ValueTask InitializeAsync() => _host = await HostClient.StartAsync(_store);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _store.Dispose();
    }

    [Fact]
    public async Task Agent_completes_its_task_with_a_result_of_any_json()
    {
        var fence = await ClaimedAsync("T", "ada");
        await _host.RefusedAsync("AgentNotAttached", "complete_task", new { taskId = "T", agentId = "bob" });
        await _host.RefusedAsync("LeaseLost", "complete_task", new { taskId = "T", agentId = "ada", fence = fence + 1 });

        var done = await _host.OkAsync("complete_task", new { taskId = "T", result = new object[] { 1, "two", new { three = true } }, message = "all\ndone", agentId = "ada", fence });

        Assert.Equal("completed", done["status"]!.GetValue<string>());
        Assert.Equal("""{"success":true,"data":[1,"two",{"three":true}],"message":"all\ndone"}""", done["task"]!["result"]!.ToJsonString());
        Assert.Contains("completed", await _host.RefusedAsync("InvalidTransition", "complete_task", new { taskId = "T" }), StringComparison.OrdinalIgnoreCase);
        await _host.RefusedAsync("TaskNotFound", "complete_task", new { taskId = "none" });
    }

    [Fact]
    public async Task Failed_task_is_resumed_by_another_agent_which_gets_its_fence()
    {
        await ClaimedAsync("T", "ada");
        var failed = await _host.OkAsync("fail_task", new { taskId = "T", error = "no disk", agentId = "ada", idempotencyKey = "f" });
        Assert.Equal(("failed", "no disk"), (failed["status"]!.GetValue<string>(), failed["task"]!["error"]!.GetValue<string>()));
        Assert.True(JsonNode.DeepEquals(failed, await _host.OkAsync("fail_task", new { taskId = "T", error = "no disk", agentId = "ada", idempotencyKey = "f" })));

        var resumed = await _host.OkAsync("resume_task", new { taskId = "T", agentId = "bob", leaseSeconds = 60 });

        Assert.Equal("running", resumed["status"]!.GetValue<string>());
        Assert.InRange(resumed["expiresAt"]!.GetValue<DateTimeOffset>(), TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow().AddSeconds(61));
        await _host.OkAsync("append_log", new { taskId = "T", message = "on it", agentId = "bob", fence = resumed["fence"]!.GetValue<long>() });
        await _host.RefusedAsync("InvalidTransition", "resume_task", new { taskId = "T" });
        await _host.OkAsync("fail_task", new { taskId = "T", error = "again" });
        Assert.Null((await _host.OkAsync("resume_task", new { taskId = "T" }))["fence"]);
    }

    [Fact]
    public async Task Wait_ends_when_another_call_brings_the_task_there_and_says_when_time_passed_first()
    {
        await ClaimedAsync("one", "ada");
        await CreateAsync("two");
        var late = await _host.OkAsync("wait_for_task", new { taskIds = new[] { "one", "two" }, waitMs = 50 });
        Assert.False(late["reached"]!.GetValue<bool>());
        Assert.Equal("""[{"taskId":"one","status":"running"},{"taskId":"two","status":"pending"}]""", late["waiting"]!.ToJsonString());

        var waiting = _host.OkAsync("wait_for_task", new { taskIds = new[] { "one", "two" }, any = true, waitMs = 60_000 });
        await _host.OkAsync("complete_task", new { taskId = "one" });

        var reached = await waiting;
        Assert.True(reached["reached"]!.GetValue<bool>());
        Assert.Equal("one", Assert.Single(reached["tasks"]!.AsArray())!["id"]!.GetValue<string>());
        Assert.True((await _host.OkAsync("wait_for_task", new { taskIds = "two", status = "pending" }))["reached"]!.GetValue<bool>());
        await _host.RefusedAsync("TaskNotFound", "wait_for_task", new { taskIds = new[] { "one", "none" } });
    }

    [Fact]
    public async Task Log_and_decisions_read_back_as_they_were_written()
    {
        await CreateAsync("T");
        const string Text = "Grüße \"世界\"\n## not a heading\n\t🌍";
        var line = await _host.OkAsync("append_log", new { taskId = "T", message = Text, level = "Warn", data = new { n = 1, list = new[] { "x" } } });
        Assert.Equal(("warn", Text), (line["entry"]!["level"]!.GetValue<string>(), line["entry"]!["message"]!.GetValue<string>()));
        await _host.OkAsync("append_log", new { taskId = "T", message = "light", level = "debug" });
        await _host.OkAsync("record_decision", new { taskId = "T", decision = "use SQLite", reasoning = Text, metadata = new { risk = "low" } });

        var all = (await _host.OkAsync("get_history", new { taskId = "T" }))["entries"]!.AsArray();
        Assert.Equal(["Task created: T", Text, "light"], all.Select(entry => entry!["message"]!.GetValue<string>()));
        Assert.True(JsonNode.DeepEquals(line["entry"], all[1]));
        Assert.Equal(Text, Assert.Single((await _host.OkAsync("get_history", new { taskId = "T", level = "warn" }))["entries"]!.AsArray())!["message"]!.GetValue<string>());
        Assert.Equal("light", Assert.Single((await _host.OkAsync("get_history", new { taskId = "T", last = 1 }))["entries"]!.AsArray())!["message"]!.GetValue<string>());
        Assert.Equal(0, (await _host.OkAsync("get_history", new { taskId = "T", before = all[0]!["timestamp"]!.GetValue<string>() }))["returned"]!.GetValue<int>());
        Assert.Equal(0, (await _host.OkAsync("get_history", new { taskId = "T", after = "2999-01-01" }))["returned"]!.GetValue<int>());

        var decision = Assert.Single((await _host.OkAsync("get_decisions", new { taskId = "T" }))["decisions"]!.AsArray())!;
        Assert.Equal(("operator", "use SQLite", Text, """{"risk":"low"}"""), (decision["agentId"]!.GetValue<string>(), decision["decision"]!.GetValue<string>(), decision["reasoning"]!.GetValue<string>(), decision["metadata"]!.ToJsonString()));
        Assert.Equal(0, (await _host.OkAsync("get_decisions", new { taskId = "T", agentId = "ada" }))["returned"]!.GetValue<int>());
    }

    [Fact]
    public async Task Key_of_a_log_line_or_decision_writes_it_once()
    {
        await CreateAsync("T");
        for (var i = 0; i < 2; i++)
        {
            await _host.OkAsync("append_log", new { taskId = "T", message = "once", idempotencyKey = "log" });
            await _host.OkAsync("record_decision", new { taskId = "T", decision = "once", idempotencyKey = "decision" });
            await _host.OkAsync("create_checkpoint", new { taskId = "T", idempotencyKey = "checkpoint" });
        }

        Assert.Single((await _host.OkAsync("get_history", new { taskId = "T" }))["entries"]!.AsArray(), entry => entry!["message"]!.GetValue<string>() == "once");
        Assert.Equal(1, (await _host.OkAsync("get_decisions", new { taskId = "T" }))["returned"]!.GetValue<int>());
        Assert.Equal(1, (await _host.OkAsync("list_checkpoints", new { taskId = "T" }))["count"]!.GetValue<int>());
    }

    [Fact]
    public async Task Checkpoint_is_listed_restored_and_resumed_from()
    {
        var fence = await ClaimedAsync("T", "ada");
        await _host.OkAsync("record_decision", new { taskId = "T", decision = "first", agentId = "ada", fence });
        var saved = await _host.OkAsync("create_checkpoint", new { taskId = "T", description = "before the risk", agentId = "ada", fence });
        var id = saved["checkpointId"]!.GetValue<string>();
        Assert.DoesNotContain(_store.DataRoot, saved.ToJsonString(), StringComparison.Ordinal);
        await _host.OkAsync("record_decision", new { taskId = "T", decision = "second", agentId = "ada", fence });
        await _host.RefusedAsync("LockHeld", "restore_checkpoint", new { checkpointId = id });
        await _host.RefusedAsync("CheckpointNotFound", "restore_checkpoint", new { checkpointId = "checkpoint_none" });

        var restored = await _host.OkAsync("restore_checkpoint", new { checkpointId = id, agentId = "ada", fence });

        Assert.Equal(("pending", id), (restored["status"]!.GetValue<string>(), restored["restored"]!.GetValue<string>()));
        Assert.Equal(["first"], await DecisionsAsync());
        var listed = await _host.OkAsync("list_checkpoints", new { taskId = "T" });
        Assert.Equal([id, restored["savedAs"]!.GetValue<string>()], listed["checkpoints"]!.AsArray().Select(checkpoint => checkpoint!["id"]!.GetValue<string>()));
        Assert.Equal("before the risk", listed["checkpoints"]![0]!["description"]!.GetValue<string>());

        var resumed = await _host.OkAsync("resume_task", new { checkpointId = restored["savedAs"]!.GetValue<string>(), agentId = "bob" });
        Assert.Equal(("T", "running"), (resumed["taskId"]!.GetValue<string>(), resumed["status"]!.GetValue<string>()));
        Assert.Equal(["first", "second"], await DecisionsAsync());

        async Task<IEnumerable<string>> DecisionsAsync() =>
            (await _host.OkAsync("get_decisions", new { taskId = "T" }))["decisions"]!.AsArray().Select(decision => decision!["decision"]!.GetValue<string>()).ToArray();
    }

    [Fact]
    public async Task Tasks_are_found_by_words_pattern_and_metadata()
    {
        await _host.OkAsync("create_task_sandbox", new { name = "Parser for logs", taskId = "one", metadata = new { ticket = 7 } });
        await _host.OkAsync("create_task_sandbox", new { name = "Writer", taskId = "two", description = "writes the parsed logs", owner = "ada" });

        Assert.Equal(["one", "two"], await FoundAsync(new { query = "pars" }));
        Assert.Equal(["one"], await FoundAsync(new { metadata = new { ticket = 7 } }));
        Assert.Equal(["two"], await FoundAsync(new { query = "logs", owner = "ada", status = "pending" }));
        Assert.Equal(["two"], await FoundAsync(new { match = "^writer$" }));
        Assert.Single(await FoundAsync(new { query = "logs", limit = 1 }));
        Assert.Empty(await FoundAsync(new { query = "nothing" }));
        await _host.RefusedAsync("InvalidArgument", "find_tasks");
        await _host.RefusedAsync("InvalidArgument", "find_tasks", new { match = "(" });

        async Task<string[]> FoundAsync(object arguments) => [.. (await _host.OkAsync("find_tasks", arguments))["tasks"]!.AsArray().Select(task => task!["id"]!.GetValue<string>())];
    }

    [Fact]
    public async Task Store_is_told_in_numbers()
    {
        await ClaimedAsync("one", "ada");
        await CreateAsync("two");

        var stats = await _host.OkAsync("task_stats", new { recent = 1 });

        Assert.Equal((2, 1), (stats["total"]!.GetValue<int>(), stats["ready"]!.GetValue<int>()));
        Assert.Equal("""{"pending":1,"running":1,"completed":0,"failed":0,"cancelled":0}""", stats["byStatus"]!.ToJsonString());
        Assert.Equal("""{"system":2}""", stats["byOwner"]!.ToJsonString());
        Assert.Equal(1, stats["locks"]!["active"]!.GetValue<int>());
        Assert.Equal("two", Assert.Single(stats["recent"]!.AsArray())!["id"]!.GetValue<string>());
    }

    [Fact]
    public async Task What_is_too_large_is_refused_and_a_long_log_is_answered_within_bounds()
    {
        await CreateAsync("T");
        var tooLarge = new string('x', (256 * 1024) + 1);
        await _host.RefusedAsync("LimitExceeded", "append_log", new { taskId = "T", message = tooLarge });
        await _host.RefusedAsync("LimitExceeded", "append_log", new { taskId = "T", message = "m", data = new { tooLarge } });
        await _host.RefusedAsync("LimitExceeded", "record_decision", new { taskId = "T", decision = tooLarge });
        await _host.RefusedAsync("LimitExceeded", "record_decision", new { taskId = "T", decision = "d", reasoning = tooLarge });
        await _host.RefusedAsync("LimitExceeded", "create_checkpoint", new { taskId = "T", description = tooLarge });
        await _host.RefusedAsync("LimitExceeded", "find_tasks", new { query = new string('q', 4097) });
        await _host.RefusedAsync("LimitExceeded", "find_tasks", new { match = new string('m', 1025) });
        await _host.OkAsync("resume_task", new { taskId = "T" });
        await _host.RefusedAsync("LimitExceeded", "complete_task", new { taskId = "T", result = new string('x', 4 * 1024 * 1024) });
        await _host.RefusedAsync("LimitExceeded", "fail_task", new { taskId = "T", error = tooLarge });
        Assert.Equal("running", (await _host.OkAsync("get_task_status", new { taskId = "T" }))["status"]!.GetValue<string>());

        var large = new string('y', 200 * 1024);
        for (var i = 0; i < 12; i++)
        {
            await _host.OkAsync("append_log", new { taskId = "T", message = large });
        }

        var answer = await _host.CallAsync("get_history", new { taskId = "T" });
        Assert.InRange(HostClient.Text(answer).Length, 1, 300 * 1024);
        Assert.InRange(answer.StructuredContent!.Value.GetProperty("returned").GetInt32(), 5, 11);
    }

    private Task<JsonObject> CreateAsync(string id) => _host.OkAsync("create_task_sandbox", new { name = id, taskId = id });

    private async Task<long> ClaimedAsync(string id, string agent)
    {
        await CreateAsync(id);
        return (await _host.OkAsync("attach_agent_to_task", new { taskId = id, agentId = agent }))["fence"]!.GetValue<long>();
    }
}
