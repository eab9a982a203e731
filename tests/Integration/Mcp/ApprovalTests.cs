using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using OpenCode.Configuration;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>What a person has to approve: asked by clients of both revisions, at a prompt, and refused with what to do.</summary>
public sealed class ApprovalTests : IAsyncLifetime
{
    private readonly HostStore _store = new() { Tools = "all" };
    private OpenCodeRuntime _prompt = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _prompt = await OpenCodeRuntime.OpenAsync(new OpenCodeConfiguration { DataRoot = _store.DataRoot }, Token);
        await RunningAsync("T");
    }

    public async ValueTask DisposeAsync()
    {
        await _prompt.DisposeAsync();
        _store.Dispose();
    }

    [Theory]
    [InlineData("2025-11-25", "accept")]
    [InlineData("2025-11-25", "decline")]
    [InlineData("2025-11-25", "cancel")]
    [InlineData("2026-07-28", "accept")]
    [InlineData("2026-07-28", "decline")]
    [InlineData("2026-07-28", "cancel")]
    public async Task Running_task_is_deleted_when_the_clients_user_says_yes_and_only_then(string revision, string action)
    {
        var questions = new List<string>();
        await using var host = await AskableAsync(revision, questions, () => action);

        if (action == "accept")
        {
            await host.OkAsync("delete_task", new { taskId = "T", force = true });
            await host.RefusedAsync("TaskNotFound", "get_task_status", new { taskId = "T" });
        }
        else
        {
            var message = await host.RefusedAsync("AccessDenied", "delete_task", new { taskId = "T", force = true });
            Assert.Contains(action == "decline" ? "denied" : "Approve-OcRequest request_", message, StringComparison.Ordinal);
            Assert.Equal("running", (await host.OkAsync("get_task_status", new { taskId = "T" }))["status"]!.GetValue<string>());
        }

        Assert.Contains("\"n\"", Assert.Single(questions), StringComparison.Ordinal);
        var request = Assert.Single(await _prompt.Approvals.ListAsync(false, Token));
        Assert.Equal(action switch { "accept" => ApprovalStatus.Used, "decline" => ApprovalStatus.Denied, _ => ApprovalStatus.Waiting }, request.Status);
    }

    [Fact]
    public async Task Denied_call_is_not_asked_again()
    {
        var questions = new List<string>();
        await using var host = await AskableAsync("2025-11-25", questions, () => "decline");

        await host.RefusedAsync("AccessDenied", "delete_task", new { taskId = "T", force = true });
        await host.RefusedAsync("AccessDenied", "delete_task", new { force = true, taskId = "T" });

        Assert.Single(questions);
    }

    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task Restoration_and_resumption_from_a_checkpoint_are_asked_for_and_a_repeat_with_its_key_is_not(string revision)
    {
        var checkpoint = (await _prompt.Checkpoints.CreateAsync("T", "before", Common.Actor.Operator, Token)).Id;
        var questions = new List<string>();
        await using var host = await AskableAsync(revision, questions, () => "accept");

        var first = await host.OkAsync("restore_checkpoint", new { checkpointId = checkpoint, idempotencyKey = "k" });
        Assert.Contains("before", Assert.Single(questions), StringComparison.Ordinal);
        Assert.True(JsonNode.DeepEquals(first, await host.OkAsync("restore_checkpoint", new { checkpointId = checkpoint, idempotencyKey = "k" })));
        Assert.Single(questions);

        await host.OkAsync("resume_task", new { checkpointId = checkpoint });
        Assert.Equal(2, questions.Count);
        await host.OkAsync("cancel_task", new { taskId = "T" });
        await host.OkAsync("resume_task", new { taskId = "T" });
        Assert.Equal(2, questions.Count);
    }

    [Fact]
    public async Task Task_that_does_not_run_is_deleted_without_a_question()
    {
        var questions = new List<string>();
        await _prompt.Tasks.CancelAsync("T", null, Common.Actor.Operator, Token);
        await using var host = await AskableAsync("2025-11-25", questions, () => "decline");

        await host.OkAsync("delete_task", new { taskId = "T", force = true });

        Assert.Empty(questions);
    }

    [Fact]
    public async Task Client_that_cannot_ask_is_kept_only_where_approval_is_required_and_then_told_what_to_do()
    {
        await RunningAsync("U");
        await using (var free = await HostClient.StartAsync(_store))
        {
            await free.OkAsync("delete_task", new { taskId = "U", force = true });
        }

        _store.Variables["OPENCODE_MCP_APPROVALS"] = "require";
        await using var host = await HostClient.StartAsync(_store);
        var message = await host.RefusedAsync("AccessDenied", "delete_task", new { taskId = "T", force = true });
        var request = Assert.Single(await _prompt.Approvals.ListAsync(true, Token));
        Assert.Contains($"Approve-OcRequest {request.Id}", message, StringComparison.Ordinal);
        Assert.Equal(message, await host.RefusedAsync("AccessDenied", "delete_task", new { taskId = "T", force = true }));
        Assert.Single(await _prompt.Approvals.ListAsync(true, Token));

        await _prompt.Approvals.AnswerAsync(request.Id, true, Token);
        await host.OkAsync("delete_task", new { taskId = "T", force = true });
        await host.RefusedAsync("TaskNotFound", "get_task_status", new { taskId = "T" });
    }

    [Fact]
    public async Task Request_outlives_the_host_that_was_killed_with_it_and_another_host_carries_it_out()
    {
        _store.Variables["OPENCODE_MCP_APPROVALS"] = "require";
        using (var killed = await RawHost.ReadyAsync(_store))
        {
            var refused = await killed.ResultAsync("delete_task", new JsonObject { ["taskId"] = "T", ["force"] = true });
            Assert.Equal("AccessDenied", refused["error"]!["name"]!.GetValue<string>());
            killed.Kill();
        }

        await _prompt.Approvals.AnswerAsync(Assert.Single(await _prompt.Approvals.ListAsync(true, Token)).Id, true, Token);
        await using var host = await HostClient.StartAsync(_store);

        await host.OkAsync("delete_task", new { taskId = "T", force = true });
    }

    [Fact]
    public async Task Question_by_frames_is_a_result_that_requires_input_and_an_answer_for_another_call_counts_for_nothing()
    {
        await RunningAsync("U");
        using var host = RawHost.Start(_store);
        var asked = await CallAsync(1, "T", null, null);
        Assert.Equal("input_required", asked["resultType"]!.GetValue<string>());
        var question = asked["inputRequests"]!["approval"]!;
        Assert.Equal(("elicitation/create", "form"), (question["method"]!.GetValue<string>(), question["params"]!["mode"]!.GetValue<string>()));
        var state = asked["requestState"]!.GetValue<string>();

        var other = await CallAsync(2, "U", state, "accept");
        Assert.Equal("InvalidArgument", other["structuredContent"]!["error"]!["name"]!.GetValue<string>());

        // Somebody at a prompt is faster: the client's answer changes nothing any more.
        await _prompt.Approvals.AnswerAsync(state, false, Token);
        Assert.Equal("AccessDenied", (await CallAsync(3, "T", state, "accept"))["structuredContent"]!["error"]!["name"]!.GetValue<string>());
        Assert.Equal(AgentTaskStatus.Running, (await _prompt.Tasks.GetAsync("T", Token)).Status);
        Assert.Equal(AgentTaskStatus.Running, (await _prompt.Tasks.GetAsync("U", Token)).Status);

        async Task<JsonObject> CallAsync(int id, string task, string? requestState, string? action)
        {
            var parameters = new JsonObject
            {
                ["name"] = "delete_task",
                ["arguments"] = new JsonObject { ["taskId"] = task, ["force"] = true },
                ["_meta"] = new JsonObject
                {
                    ["io.modelcontextprotocol/protocolVersion"] = "2026-07-28",
                    ["io.modelcontextprotocol/clientInfo"] = new JsonObject { ["name"] = "raw", ["version"] = "1" },
                    ["io.modelcontextprotocol/clientCapabilities"] = new JsonObject { ["elicitation"] = new JsonObject { ["form"] = new JsonObject() } },
                },
            };
            if (action is not null)
            {
                parameters["requestState"] = requestState;
                parameters["inputResponses"] = new JsonObject { ["approval"] = new JsonObject { ["action"] = action } };
            }

            await host.SendAsync(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = "tools/call", ["params"] = parameters }.ToJsonString());
            return (await host.AnswerAsync(id))["result"]!.AsObject();
        }
    }

    private async Task RunningAsync(string id)
    {
        await _prompt.Tasks.CreateAsync(new Tasks.NewTask { Name = "n", Id = id }, Token);
        await _prompt.Tasks.StartAsync(id, Common.Actor.Operator, Token);
    }

    private Task<HostClient> AskableAsync(string revision, List<string> questions, Func<string> action) => HostClient.StartAsync(_store, revision, options =>
        options.Handlers.ElicitationHandler = (request, _) =>
        {
            questions.Add(request!.Message);
            return ValueTask.FromResult(new ElicitResult { Action = action() });
        });
}
