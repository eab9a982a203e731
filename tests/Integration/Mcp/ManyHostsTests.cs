using System.Text.Json.Nodes;
using OpenCode.Configuration;

namespace OpenCode.Tests.Integration.Mcp;

public sealed class ManyHostsTests : IDisposable
{
    private readonly HostStore _store = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Two_hosts_on_one_store_see_each_others_changes_at_once()
    {
        await using var one = await HostClient.StartAsync(_store);
        await using var two = await HostClient.StartAsync(_store);

        var id = (await one.OkAsync("create_task_sandbox", new { name = "shared" }))["taskId"]!.GetValue<string>();
        Assert.Equal("pending", (await two.OkAsync("get_task_status", new { taskId = id }))["status"]!.GetValue<string>());
        await two.OkAsync("attach_agent_to_task", new { taskId = id, agentId = "of-two" });
        Assert.Contains("of-two", await one.RefusedAsync("LockHeld", "attach_agent_to_task", new { taskId = id, agentId = "of-one" }), StringComparison.Ordinal);
        await one.OkAsync("cancel_task", new { taskId = id });
        Assert.Equal("cancelled", (await two.OkAsync("get_task_status", new { taskId = id }))["status"]!.GetValue<string>());
        await two.OkAsync("delete_task", new { taskId = id });
        await one.RefusedAsync("TaskNotFound", "get_task_status", new { taskId = id });
    }

    [Fact]
    public async Task Two_hosts_creating_at_once_lose_nothing()
    {
        const int Each = 50;
        await using var one = await HostClient.StartAsync(_store);
        await using var two = await HostClient.StartAsync(_store);

        var answers = await Task.WhenAll(new[] { one, two }.SelectMany(host => Enumerable.Range(0, Each).Select(i => host.OkAsync("create_task_sandbox", new { name = $"n{i}" }))));

        Assert.Equal(2 * Each, answers.Select(answer => answer["taskId"]!.GetValue<string>()).Distinct().Count());
        Assert.Equal(2 * Each, (await one.OkAsync("list_tasks"))["count"]!.GetValue<int>());
    }

    [Fact]
    public async Task Two_hosts_racing_for_one_task_have_one_winner()
    {
        await using var one = await HostClient.StartAsync(_store);
        await using var two = await HostClient.StartAsync(_store);
        for (var round = 0; round < 20; round++)
        {
            var id = (await one.OkAsync("create_task_sandbox", new { name = "n" }))["taskId"]!.GetValue<string>();

            var results = await Task.WhenAll(one.CallAsync("attach_agent_to_task", new { taskId = id, agentId = "one" }), two.CallAsync("attach_agent_to_task", new { taskId = id, agentId = "two" }));

            Assert.Single(results, result => result.IsError is not true);
            Assert.Single(results, result => result.IsError is true && HostClient.Text(result).StartsWith("LockHeld", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Host_and_a_process_with_the_core_itself_share_a_store()
    {
        await using var host = await HostClient.StartAsync(_store);
        await using var runtime = await OpenCodeRuntime.OpenAsync(new OpenCodeConfiguration { DataRoot = _store.DataRoot }, Token);

        var id = (await host.OkAsync("create_task_sandbox", new { name = "n", metadata = new { from = "mcp" } }))["taskId"]!.GetValue<string>();
        var task = await runtime.Tasks.GetAsync(id, Token);
        Assert.Equal("mcp", task.Metadata["from"]);

        await runtime.Tasks.StartAsync(id, Common.Actor.Operator, Token);
        await runtime.Tasks.CompleteAsync(id, JsonMap.Parse("""{"answer":42}"""), "done", Common.Actor.Operator, Token);
        var seen = (await host.OkAsync("get_task_status", new { taskId = id }))["task"]!;
        Assert.Equal("completed", seen["status"]!.GetValue<string>());
        Assert.Equal("""{"success":true,"data":{"answer":42},"message":"done"}""", seen["result"]!.ToJsonString());
    }

    [Fact]
    public async Task Metadata_nested_as_deeply_as_the_core_allows_does_not_break_the_list()
    {
        await using var host = await HostClient.StartAsync(_store);
        await using var runtime = await OpenCodeRuntime.OpenAsync(new OpenCodeConfiguration { DataRoot = _store.DataRoot }, Token);
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 63)) + "1" + new string('}', 63);
        await runtime.Tasks.CreateAsync(new OpenCode.Tasks.NewTask { Name = "deep", Metadata = JsonMap.Parse(deep) }, Token);

        var task = (await host.OkAsync("list_tasks"))["tasks"]![0]!;

        Assert.Equal(deep, task["metadata"]!["json"]!.GetValue<string>());
    }

    [Fact]
    public async Task Key_repeated_answers_as_the_first_call_did()
    {
        await using var one = await HostClient.StartAsync(_store);
        await using var two = await HostClient.StartAsync(_store);
        var create = new { name = "n", idempotencyKey = "create-1" };

        var first = await one.OkAsync("create_task_sandbox", create);
        Assert.True(JsonNode.DeepEquals(first, await one.OkAsync("create_task_sandbox", create)));
        Assert.True(JsonNode.DeepEquals(first, await two.OkAsync("create_task_sandbox", create)));
        Assert.Equal(1, (await two.OkAsync("list_tasks"))["count"]!.GetValue<int>());

        var id = first["taskId"]!.GetValue<string>();
        var attach = new { taskId = id, agentId = "a", idempotencyKey = "attach-1" };
        var lease = await one.OkAsync("attach_agent_to_task", attach);
        Assert.True(JsonNode.DeepEquals(lease, await two.OkAsync("attach_agent_to_task", attach)));

        var detach = new { taskId = id, agentId = "a", idempotencyKey = "detach-1" };
        Assert.True(JsonNode.DeepEquals(await one.OkAsync("detach_agent_from_task", detach), await two.OkAsync("detach_agent_from_task", detach)));

        var cancel = new { taskId = id, reason = "r", idempotencyKey = "cancel-1" };
        Assert.True(JsonNode.DeepEquals(await one.OkAsync("cancel_task", cancel), await two.OkAsync("cancel_task", cancel)));

        var delete = new { taskId = id, idempotencyKey = "delete-1" };
        Assert.True(JsonNode.DeepEquals(await one.OkAsync("delete_task", delete), await two.OkAsync("delete_task", delete)));
        Assert.Equal(0, (await two.OkAsync("list_tasks"))["count"]!.GetValue<int>());
    }

    [Fact]
    public async Task Key_of_equal_arguments_in_another_order_is_the_same_request_and_of_others_is_refused()
    {
        await using var host = await HostClient.StartAsync(_store);

        var first = await host.OkAsync("create_task_sandbox", JsonNode.Parse("""{ "name": "n", "metadata": { "a": 1, "b": 2 }, "owner": "o", "idempotencyKey": "k" }"""));
        var again = await host.OkAsync("create_task_sandbox", JsonNode.Parse("""{ "idempotencyKey": "k", "owner": "o", "metadata": { "b": 2, "a": 1 }, "name": "n", "image": null }"""));
        Assert.True(JsonNode.DeepEquals(first, again));

        Assert.Contains("'k'", await host.RefusedAsync("InvalidArgument", "create_task_sandbox", new { name = "other", idempotencyKey = "k" }), StringComparison.Ordinal);
        await host.RefusedAsync("InvalidArgument", "cancel_task", new { taskId = first["taskId"]!.GetValue<string>(), idempotencyKey = "k" });
        Assert.Equal(1, (await host.OkAsync("list_tasks"))["count"]!.GetValue<int>());
    }

    [Fact]
    public async Task Key_of_a_failed_call_is_free_again()
    {
        await using var host = await HostClient.StartAsync(_store);
        var get = new { taskId = "later", idempotencyKey = "k" };
        await host.RefusedAsync("TaskNotFound", "cancel_task", get);
        await host.OkAsync("create_task_sandbox", new { name = "n", taskId = "later" });

        await host.OkAsync("cancel_task", get);
    }

    [Fact]
    public async Task Key_used_by_many_calls_at_once_on_two_hosts_creates_one_task()
    {
        await using var one = await HostClient.StartAsync(_store);
        await using var two = await HostClient.StartAsync(_store);

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => (i % 2 == 0 ? one : two).OkAsync("create_task_sandbox", new { name = "n", idempotencyKey = "k" })));

        Assert.Single(answers.Select(answer => answer["taskId"]!.GetValue<string>()).Distinct());
        Assert.Equal(1, (await one.OkAsync("list_tasks"))["count"]!.GetValue<int>());
    }

    [Fact]
    public async Task Key_survives_the_kill_of_the_host_that_answered()
    {
        var create = new JsonObject { ["name"] = "n", ["idempotencyKey"] = "k" };
        JsonObject first;
        using (var killed = await RawHost.ReadyAsync(_store))
        {
            first = await killed.ResultAsync("create_task_sandbox", (JsonObject)create.DeepClone());
            killed.Kill();
        }

        await using var host = await HostClient.StartAsync(_store);
        Assert.True(JsonNode.DeepEquals(first, await host.OkAsync("create_task_sandbox", create)));
        Assert.Equal(1, (await host.OkAsync("list_tasks"))["count"]!.GetValue<int>());
    }

    [Fact]
    public async Task Key_of_a_host_killed_in_the_middle_is_carried_on_and_creates_one_task()
    {
        // The kill comes at a different moment each round: before the claim, after it, after the task, after the answer.
        for (var round = 0; round < 12; round++)
        {
            var create = new JsonObject { ["name"] = "n", ["idempotencyKey"] = $"k{round}" };
            using (var killed = await RawHost.ReadyAsync(_store))
            {
                await killed.ResultAsync("list_tasks", []);
                var ballast = Enumerable.Range(0, round).Select(_ => killed.CallAsync("list_tasks", [])).ToArray();
                await killed.CallAsync("create_task_sandbox", (JsonObject)create.DeepClone());
                foreach (var call in ballast)
                {
                    await call;
                }

                if (round % 3 > 0)
                {
                    await killed.NextAsync();
                }

                killed.Kill();
            }

            await using var host = await HostClient.StartAsync(_store);
            var first = await host.OkAsync("create_task_sandbox", create);
            Assert.True(JsonNode.DeepEquals(first, await host.OkAsync("create_task_sandbox", create)));
            Assert.Equal(round + 1, (await host.OkAsync("list_tasks"))["count"]!.GetValue<int>());
        }
    }

    [Fact]
    public async Task Key_in_work_elsewhere_is_waited_for_and_a_cancelled_wait_leaves_the_host_well()
    {
        await using var host = await HostClient.StartAsync(_store);
        await using var runtime = await OpenCodeRuntime.OpenAsync(new OpenCodeConfiguration { DataRoot = _store.DataRoot }, Token);
        var begun = new TaskCompletionSource();
        var answer = new TaskCompletionSource<OpenCode.Tasks.RequestAnswer>();
        var elsewhere = runtime.Requests.OnceAsync("k", "create_task_sandbox", """{"name":"n"}""", (_, _) => { begun.SetResult(); return answer.Task; }, Token);
        await begun.Task;
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);

        var arguments = new Dictionary<string, object?> { ["name"] = "n", ["idempotencyKey"] = "k" };
        var abandoned = host.Client.CallToolAsync("create_task_sandbox", arguments, cancellationToken: cancel.Token).AsTask();
        var patient = host.CallAsync("create_task_sandbox", arguments);
        await host.OkAsync("list_tasks"); // the host answers others meanwhile
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned);
        Assert.False(patient.IsCompleted);

        answer.SetResult(new("""{"success":true,"taskId":"of-another","status":"pending","createdAt":"2026-01-01T00:00:00.000Z"}"""));
        await elsewhere;
        Assert.Equal("of-another", (await patient).StructuredContent!.Value.GetProperty("taskId").GetString());
        Assert.Equal(0, (await host.OkAsync("list_tasks"))["count"]!.GetValue<int>());
    }
}
