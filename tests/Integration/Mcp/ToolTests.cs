using System.Text.Json.Nodes;

namespace OpenCode.Tests.Integration.Mcp;

public sealed class ToolTests : IAsyncLifetime
{
    private readonly HostStore _store = new();
    private HostClient _host = null!;

    public async ValueTask InitializeAsync() => _host = await HostClient.StartAsync(_store);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _store.Dispose();
    }

    [Fact]
    public async Task Create_gives_a_pending_task_with_what_was_asked_for()
    {
        var answer = await _host.OkAsync("create_task_sandbox", new
        {
            name = "Grüße, 世界 🌍 \"quoted\"",
            owner = "team-a",
            mode = "Collaborative",
            description = "two\nlines",
            metadata = new { nested = new { list = new object[] { 1, 2.5, true, "x" } } },
            image = "alpine:3",
        });

        Assert.True(answer["success"]!.GetValue<bool>());
        Assert.Equal("pending", answer["status"]!.GetValue<string>());
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", answer["createdAt"]!.GetValue<string>());

        var task = (await StatusAsync(answer["taskId"]!.GetValue<string>()))["task"]!;
        Assert.Equal("Grüße, 世界 🌍 \"quoted\"", task["name"]!.GetValue<string>());
        Assert.Equal(("team-a", "collaborative", "alpine:3"), (task["owner"]!.GetValue<string>(), task["mode"]!.GetValue<string>(), task["image"]!.GetValue<string>()));
        Assert.Equal("two\nlines", task["description"]!.GetValue<string>());
        Assert.Equal("""{"nested":{"list":[1,2.5,true,"x"]}}""", task["metadata"]!.ToJsonString());
        Assert.Equal(answer["createdAt"]!.GetValue<string>(), task["createdAt"]!.GetValue<string>());
    }

    [Fact]
    public async Task Create_with_an_id_takes_it_once()
    {
        Assert.Equal("my-task_1", (await _host.OkAsync("create_task_sandbox", new { name = "n", taskId = "my-task_1" }))["taskId"]!.GetValue<string>());

        Assert.Contains("my-task_1", await _host.RefusedAsync("TaskExists", "create_task_sandbox", new { name = "n", taskId = "my-task_1" }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_refuses_what_is_too_large()
    {
        Assert.Contains("255", await _host.RefusedAsync("InvalidArgument", "create_task_sandbox", new { name = new string('n', 256) }), StringComparison.Ordinal);
        await _host.RefusedAsync("LimitExceeded", "create_task_sandbox", new { name = "n", metadata = new { big = new string('x', 1024 * 1024) } });
        Assert.Equal(0, (await _host.OkAsync("list_tasks"))["count"]!.GetValue<int>());
    }

    [Fact]
    public async Task Attach_gives_a_lease_and_starts_the_task()
    {
        var id = await CreateAsync();

        var lease = await _host.OkAsync("attach_agent_to_task", new { taskId = id, agentId = "coder", leaseSeconds = 60 });

        Assert.Equal((id, "coder", true), (lease["taskId"]!.GetValue<string>(), lease["agentId"]!.GetValue<string>(), lease["attached"]!.GetValue<bool>()));
        Assert.True(lease["fence"]!.GetValue<long>() > 0);
        Assert.InRange(lease["expiresAt"]!.GetValue<DateTimeOffset>(), TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow().AddSeconds(61));
        var status = await StatusAsync(id);
        Assert.Equal("running", status["status"]!.GetValue<string>());
        Assert.Equal("[\"coder\"]", status["task"]!["agents"]!.ToJsonString());
    }

    [Fact]
    public async Task Attach_a_second_agent_to_an_exclusive_task_is_LockHeld_naming_the_first()
    {
        var id = await CreateAsync();
        await _host.OkAsync("attach_agent_to_task", new { taskId = id, agentId = "first" });

        Assert.Contains("first", await _host.RefusedAsync("LockHeld", "attach_agent_to_task", new { taskId = id, agentId = "second" }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Detach_lets_another_agent_in()
    {
        var id = await CreateAsync();
        await _host.OkAsync("attach_agent_to_task", new { taskId = id, agentId = "first" });

        var answer = await _host.OkAsync("detach_agent_from_task", new { taskId = id, agentId = "first" });

        Assert.Equal((id, "first", true), (answer["taskId"]!.GetValue<string>(), answer["agentId"]!.GetValue<string>(), answer["detached"]!.GetValue<bool>()));
        await _host.OkAsync("attach_agent_to_task", new { taskId = id, agentId = "second" });
        await _host.RefusedAsync("AgentNotAttached", "detach_agent_from_task", new { taskId = id, agentId = "first" });
    }

    [Fact]
    public async Task List_filters_pages_and_counts_all_that_match()
    {
        for (var i = 0; i < 5; i++)
        {
            await _host.OkAsync("create_task_sandbox", new { name = $"n{i}", taskId = $"t{i}", owner = i < 3 ? "a" : "b" });
        }

        await _host.OkAsync("cancel_task", new { taskId = "t0" });

        Assert.Equal((5, 5), await CountsAsync(new { }));
        Assert.Equal((3, 2), await CountsAsync(new { owner = "a", limit = 2 }));
        Assert.Equal((3, 1), await CountsAsync(new { owner = "a", limit = 2, offset = 2 }));
        Assert.Equal((1, 1), await CountsAsync(new { status = "cancelled" }));
        Assert.Equal((4, 4), await CountsAsync(new { status = "PENDING" })); // any case
        Assert.Equal((5, 0), await CountsAsync(new { offset = 1000 }));
        Assert.Equal((0, 0), await CountsAsync(new { owner = "nobody" }));
        var newest = (await _host.OkAsync("list_tasks", new { limit = 1 }))["tasks"]![0]!;
        Assert.Equal("t4", newest["id"]!.GetValue<string>());
    }

    [Fact]
    public async Task List_stops_where_the_answer_is_large_and_goes_on_at_the_offset()
    {
        var big = new { big = new string('x', 250 * 1024) };
        for (var i = 0; i < 10; i++)
        {
            await _host.OkAsync("create_task_sandbox", new { name = $"n{i}", metadata = big });
        }

        var (count, returned) = await CountsAsync(new { });
        Assert.Equal(10, count);
        Assert.InRange(returned, 5, 9);
        Assert.Equal((10, 10 - returned), await CountsAsync(new { offset = returned }));
    }

    [Fact]
    public async Task Get_gives_the_task_whole_and_by_a_prefix()
    {
        var id = await CreateAsync();

        var answer = await StatusAsync(id);

        Assert.Equal((id, "pending"), (answer["taskId"]!.GetValue<string>(), answer["status"]!.GetValue<string>()));
        Assert.Equal((id, "pending", 1L), (answer["task"]!["id"]!.GetValue<string>(), answer["task"]!["status"]!.GetValue<string>(), answer["task"]!["version"]!.GetValue<long>()));
        Assert.Equal(id, (await StatusAsync(id[..20]))["taskId"]!.GetValue<string>());
    }

    [Fact]
    public async Task Every_tool_about_a_task_tells_that_there_is_none()
    {
        await _host.RefusedAsync("TaskNotFound", "get_task_status", new { taskId = "none" });
        await _host.RefusedAsync("TaskNotFound", "attach_agent_to_task", new { taskId = "none", agentId = "a" });
        await _host.RefusedAsync("TaskNotFound", "detach_agent_from_task", new { taskId = "none", agentId = "a" });
        await _host.RefusedAsync("TaskNotFound", "execute_in_task", new { taskId = "none", command = "true" });
        await _host.RefusedAsync("TaskNotFound", "cancel_task", new { taskId = "none" });
        await _host.RefusedAsync("TaskNotFound", "delete_task", new { taskId = "none" });
    }

    [Fact]
    public async Task Cancel_ends_the_task_with_its_reason_and_once()
    {
        var id = await CreateAsync();
        await _host.OkAsync("attach_agent_to_task", new { taskId = id, agentId = "a" });

        var answer = await _host.OkAsync("cancel_task", new { taskId = id, reason = "not wanted" });

        Assert.Equal("cancelled", answer["status"]!.GetValue<string>());
        Assert.Equal("not wanted", answer["task"]!["error"]!.GetValue<string>());
        Assert.Empty(answer["task"]!["agents"]!.AsArray());
        Assert.Contains("ancelled", await _host.RefusedAsync("InvalidTransition", "cancel_task", new { taskId = id }), StringComparison.Ordinal);
        await _host.RefusedAsync("InvalidTransition", "execute_in_task", new { taskId = id, command = "true" });
    }

    [Fact]
    public async Task Delete_needs_force_for_a_running_task_and_leaves_nothing()
    {
        var id = await CreateAsync();
        await _host.OkAsync("attach_agent_to_task", new { taskId = id, agentId = "a" });

        await _host.RefusedAsync("InvalidTransition", "delete_task", new { taskId = id });
        await _host.RefusedAsync("InvalidTransition", "delete_task", new { taskId = id, force = false });
        var answer = await _host.OkAsync("delete_task", new { taskId = id, force = true });

        Assert.Contains(id, answer["message"]!.GetValue<string>(), StringComparison.Ordinal);
        await _host.RefusedAsync("TaskNotFound", "get_task_status", new { taskId = id });
        Assert.False(Directory.Exists(Path.Combine(_store.DataRoot, "tasks", id)));
    }

    private async Task<string> CreateAsync() => (await _host.OkAsync("create_task_sandbox", new { name = "n" }))["taskId"]!.GetValue<string>();

    private Task<JsonObject> StatusAsync(string id) => _host.OkAsync("get_task_status", new { taskId = id });

    private async Task<(int Count, int Returned)> CountsAsync(object arguments)
    {
        var answer = await _host.OkAsync("list_tasks", arguments);
        Assert.Equal(answer["tasks"]!.AsArray().Count, answer["returned"]!.GetValue<int>());
        return (answer["count"]!.GetValue<int>(), answer["returned"]!.GetValue<int>());
    }
}
