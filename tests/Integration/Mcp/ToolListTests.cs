using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;

namespace OpenCode.Tests.Integration.Mcp;

public sealed class ToolListTests : IDisposable
{
    private const int MostTokens = 2500;
    private const int MostTokensOfAll = 8500;
    private const double CharactersPerToken = 4;

    private static readonly string[] Names =
    [
        "create_task_sandbox", "attach_agent_to_task", "detach_agent_from_task", "execute_in_task",
        "list_tasks", "get_task_status", "cancel_task", "delete_task",
    ];

    private readonly HostStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task List_has_the_eight_tools_each_described_and_annotated()
    {
        var tools = await ToolsAsync();

        Assert.Equal(Names, tools.Select(tool => tool.Name));
        Assert.All(tools, tool =>
        {
            Assert.False(string.IsNullOrEmpty(tool.Title));
            Assert.True(tool.Description!.Length > 60);
            Assert.NotNull(tool.Annotations!.DestructiveHint);
            Assert.NotNull(tool.Annotations.IdempotentHint);
            Assert.NotNull(tool.Annotations.OpenWorldHint);
            Assert.Equal(tool.Name is "list_tasks" or "get_task_status", tool.Annotations.ReadOnlyHint);
            Assert.Equal(tool.Name is "execute_in_task" or "cancel_task" or "delete_task", tool.Annotations.DestructiveHint);
            Assert.Equal(tool.Name == "execute_in_task", tool.Annotations.OpenWorldHint);
        });
    }

    [Fact]
    public async Task List_every_input_schema_has_the_arguments_of_the_table_and_no_others()
    {
        var expected = new Dictionary<string, string>
        {
            ["create_task_sandbox"] = "name! taskId owner mode description metadata image idempotencyKey",
            ["attach_agent_to_task"] = "taskId! agentId! leaseSeconds idempotencyKey",
            ["detach_agent_from_task"] = "taskId! agentId! idempotencyKey",
            ["execute_in_task"] = "taskId! command! timeout workdir agentId fence background idempotencyKey",
            ["list_tasks"] = "status owner limit offset",
            ["get_task_status"] = "taskId!",
            ["cancel_task"] = "taskId! reason idempotencyKey",
            ["delete_task"] = "taskId! force idempotencyKey",
        };

        foreach (var tool in await ToolsAsync())
        {
            var schema = Parsed(tool.InputSchema);
            var required = schema["required"]?.AsArray().Select(name => name!.GetValue<string>()).ToArray() ?? [];
            var properties = schema["properties"]!.AsObject();
            Assert.Equal(expected[tool.Name], string.Join(' ', properties.Select(property => property.Key + (required.Contains(property.Key) ? "!" : ""))));
            Assert.False(schema["additionalProperties"]!.GetValue<bool>());
            Assert.All(properties, property => Assert.True(Bounded(property.Value!.AsObject()), $"{tool.Name}.{property.Key} has no bounds: {property.Value!.ToJsonString()}"));
        }
    }

    [Fact]
    public async Task List_every_output_schema_has_the_fields_of_the_table()
    {
        var expected = new Dictionary<string, string>
        {
            ["create_task_sandbox"] = "taskId status createdAt",
            ["attach_agent_to_task"] = "taskId agentId attached fence expiresAt",
            ["detach_agent_from_task"] = "taskId agentId detached",
            ["execute_in_task"] = "taskId executionId status exitCode stdout stderr duration truncated timedOut",
            ["list_tasks"] = "tasks count returned",
            ["get_task_status"] = "taskId status task",
            ["cancel_task"] = "taskId status task",
            ["delete_task"] = "taskId message",
        };

        foreach (var tool in await ToolsAsync())
        {
            var schema = Parsed(tool.OutputSchema!.Value);
            Assert.Equal($"success {expected[tool.Name]} error", string.Join(' ', schema["properties"]!.AsObject().Select(property => property.Key)));
            Assert.False(SchemaCheck.Fits(schema, new JsonObject { ["success"] = true }), "An answer without its fields must not conform.");
        }
    }

    [Fact]
    public async Task List_defaults_and_bounds_are_those_of_the_table()
    {
        var tools = (await ToolsAsync()).ToDictionary(tool => tool.Name, tool => Parsed(tool.InputSchema)["properties"]!.AsObject());

        Assert.Equal(30_000, tools["execute_in_task"]["timeout"]!["default"]!.GetValue<int>());
        var limit = tools["list_tasks"]["limit"]!;
        Assert.Equal((1, 1000, 100), (limit["minimum"]!.GetValue<int>(), limit["maximum"]!.GetValue<int>(), limit["default"]!.GetValue<int>()));
        Assert.Equal(["pending", "running", "completed", "failed", "cancelled"], tools["list_tasks"]["status"]!["enum"]!.AsArray().Select(word => word!.GetValue<string>()));
        Assert.Equal("exclusive", tools["create_task_sandbox"]["mode"]!["default"]!.GetValue<string>());
    }

    [Fact]
    public async Task List_costs_less_than_its_budget_of_tokens()
    {
        var cost = await CostAsync(_store);

        TestContext.Current.TestOutputHelper!.WriteLine($"tools/list: {cost} tokens of {MostTokens}");
        Assert.InRange(cost, 1, MostTokens);
    }

    [Fact]
    public async Task List_of_all_has_the_further_tools_each_described_annotated_bounded_and_with_a_schema_of_its_answer()
    {
        var expected = new Dictionary<string, (string Input, string Output)>
        {
            ["claim_task"] = ("agentId! owner leaseSeconds waitMs idempotencyKey", "claimed taskId task fence expiresAt"),
            ["heartbeat"] = ("taskId! agentId! fence progress idempotencyKey", "taskId agentId status attached fence expiresAt reason"),
            ["complete_task"] = ("taskId! result message agentId fence idempotencyKey", "taskId status task"),
            ["fail_task"] = ("taskId! error! result message agentId fence idempotencyKey", "taskId status task"),
            ["resume_task"] = ("taskId checkpointId agentId leaseSeconds idempotencyKey", "taskId status task fence expiresAt"),
            ["wait_for_task"] = ("taskIds! status any waitMs", "reached tasks waiting"),
            ["get_execution"] = ("taskId! executionId! waitMs", "taskId executionId status exitCode stdout stderr duration truncated timedOut reason"),
            ["cancel_execution"] = ("taskId! executionId! reason waitMs idempotencyKey", "taskId executionId status exitCode reason"),
            ["append_log"] = ("taskId! message! level data agentId fence idempotencyKey", "taskId entry"),
            ["record_decision"] = ("taskId! decision! reasoning metadata agentId fence idempotencyKey", "taskId decision"),
            ["get_history"] = ("taskId! level after before last", "taskId entries returned malformed"),
            ["get_decisions"] = ("taskId! agentId last", "taskId decisions returned"),
            ["create_checkpoint"] = ("taskId! description agentId fence idempotencyKey", "taskId checkpointId checkpoint"),
            ["list_checkpoints"] = ("taskId! last", "taskId checkpoints count returned damaged"),
            ["restore_checkpoint"] = ("checkpointId! taskId agentId fence idempotencyKey", "taskId status task restored savedAs"),
            ["acquire_lock"] = ("resources! owner! mode leaseSeconds waitMs detached idempotencyKey", "leases"),
            ["renew_lock"] = ("resource! owner! fence! leaseSeconds idempotencyKey", "lease"),
            ["release_lock"] = ("resource owner! fence all idempotencyKey", "released"),
            ["list_locks"] = ("resource owner limit", "locks count returned"),
            ["find_tasks"] = ("query match status owner metadata limit", "tasks returned"),
            ["task_stats"] = ("recent", "total ready byStatus byOwner durations locks recent"),
        };
        using var store = new HostStore { Tools = "all" };
        await using var host = await HostClient.StartAsync(store);
        var tools = (await host.Client.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken)).Select(tool => tool.ProtocolTool).ToArray();

        Assert.Equal([.. Names, .. expected.Keys], tools.Select(tool => tool.Name));
        Assert.Contains("claim_task", host.Client.ServerInstructions, StringComparison.Ordinal);
        Assert.All(tools.Skip(Names.Length), tool =>
        {
            var schema = Parsed(tool.InputSchema);
            var required = schema["required"]?.AsArray().Select(name => name!.GetValue<string>()).ToArray() ?? [];
            var properties = schema["properties"]!.AsObject();
            Assert.Equal(expected[tool.Name].Input, string.Join(' ', properties.Select(property => property.Key + (required.Contains(property.Key) ? "!" : ""))));
            Assert.False(schema["additionalProperties"]!.GetValue<bool>());
            Assert.All(properties, property => Assert.True(Bounded(property.Value!.AsObject()), $"{tool.Name}.{property.Key} has no bounds: {property.Value!.ToJsonString()}"));
            Assert.Equal($"success {expected[tool.Name].Output} error", string.Join(' ', Parsed(tool.OutputSchema!.Value)["properties"]!.AsObject().Select(property => property.Key)));
            Assert.False(SchemaCheck.Fits(Parsed(tool.OutputSchema!.Value), new JsonObject { ["success"] = true }), "An answer without its fields must not conform.");
            Assert.False(string.IsNullOrEmpty(tool.Title));
            Assert.True(tool.Description!.Length > 60);
            Assert.Equal(
                (
                    tool.Name is "list_locks" or "wait_for_task" or "get_execution" or "get_history" or "get_decisions" or "list_checkpoints" or "find_tasks" or "task_stats",
                    tool.Name is "cancel_execution" or "release_lock" or "restore_checkpoint",
                    tool.Name is not ("claim_task" or "acquire_lock" or "resume_task" or "append_log" or "record_decision" or "create_checkpoint" or "restore_checkpoint"),
                    false),
                (tool.Annotations!.ReadOnlyHint, tool.Annotations.DestructiveHint, tool.Annotations.IdempotentHint, tool.Annotations.OpenWorldHint));
        });
        var wait = Parsed(tools.Single(tool => tool.Name == "claim_task").InputSchema)["properties"]!["waitMs"]!;
        Assert.Equal((0, 300_000, 0), (wait["minimum"]!.GetValue<int>(), wait["maximum"]!.GetValue<int>(), wait["default"]!.GetValue<int>()));
        var acquire = Parsed(tools.Single(tool => tool.Name == "acquire_lock").InputSchema)["properties"]!;
        Assert.Equal(["exclusive", "collaborative"], acquire["mode"]!["enum"]!.AsArray().Select(word => word!.GetValue<string>()));
        Assert.Equal(("exclusive", false), (acquire["mode"]!["default"]!.GetValue<string>(), acquire["detached"]!["default"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task List_of_all_costs_less_than_its_budget_of_tokens()
    {
        using var store = new HostStore { Tools = "all" };
        var (core, all) = (await CostAsync(_store), await CostAsync(store));

        TestContext.Current.TestOutputHelper!.WriteLine($"tools/list: {core} tokens of core, {all} of all, {MostTokensOfAll} at most");
        Assert.InRange(all, core, MostTokensOfAll);
    }

    private static async Task<double> CostAsync(HostStore store)
    {
        using var host = await RawHost.ReadyAsync(store);
        await host.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}""");
        return (await host.AnswerAsync(1))["result"]!.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }).Length / CharactersPerToken;
    }

    private static bool Bounded(JsonObject schema) => schema switch
    {
        _ when schema["enum"] is not null => true,
        _ when schema["anyOf"] is JsonArray many => many.All(one => one!["minLength"] is not null || one["minItems"] is not null),
        _ when schema["type"] is JsonArray => true, // any JSON value, bounded by the core
        _ => schema["type"]!.GetValue<string>() switch
        {
            "string" => schema["maxLength"] is not null || schema["pattern"] is not null || schema["format"] is not null,
            "integer" => schema["minimum"] is not null,
            "boolean" or "object" => true,
            _ => false,
        },
    };

    private static JsonObject Parsed(JsonElement schema) => JsonNode.Parse(schema.GetRawText())!.AsObject();

    private async Task<Tool[]> ToolsAsync()
    {
        await using var host = await HostClient.StartAsync(_store);
        var tools = await host.Client.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken);
        return [.. tools.Select(tool => tool.ProtocolTool)];
    }
}
