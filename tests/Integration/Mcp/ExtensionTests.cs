using System.Diagnostics;
using System.Text.Json.Nodes;
using OpenCode.Tests.Integration.Hosting;
using OpenCode.Tests.Integration.Sandboxes;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>The protocol's extension for long work: commands by their handles, on two hosts over one store.</summary>
public sealed class ExtensionTests : IAsyncLifetime
{
    private readonly HostStore _store = new() { Tools = "all" };
    private RawHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        await DockerEngine.RequireAsync();
        _store.Variables["OPENCODE_DOCKER_SOCKET"] = Surroundings.Engine;
        _store.Variables["OPENCODE_DOCKER_IMAGE"] = DockerEngine.Image;
        _host = RawHost.Start(_store);
        await OkAsync(_host, "create_task_sandbox", new JsonObject { ["name"] = "n", ["taskId"] = "T" });
        await RunAsync("mkfifo go");
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.AskAsync(ExtensionCall.OfTool("delete_task", new JsonObject { ["taskId"] = "T", ["force"] = true }));
            _host.Dispose();
        }

        _store.Dispose();
    }

    [Fact]
    public async Task Handle_is_given_for_a_command_in_the_background_and_its_result_is_what_a_caller_who_waits_gets()
    {
        using var other = RawHost.Start(_store);
        var created = await BeginAsync(_host, "echo out; cat go; exit 3", key: "k");
        Assert.Equal(["taskId", "status", "createdAt", "lastUpdatedAt", "ttlMs", "pollIntervalMs", "statusMessage", "resultType"], created.Select(member => member.Key));
        Assert.Equal(("task", "working"), (Text(created, "resultType"), Text(created, "status")));
        var id = Text(created, "taskId");

        // Durable before it is sent: another process knows it at once, and a repeat of the call is the same.
        var working = await other.ResultAsync(ExtensionCall.Get(id));
        Assert.Equal(("complete", "working", Text(created, "createdAt")), (Text(working, "resultType"), Text(working, "status"), Text(working, "createdAt")));
        Assert.Equal(id, Text(await BeginAsync(other, "echo out; cat go; exit 3", key: "k"), "taskId"));
        Assert.Equal("{\"resultType\":\"complete\"}", (await other.ResultAsync(ExtensionCall.Update(id, new JsonObject { ["nobody-asked"] = new JsonObject { ["action"] = "accept" } }))).ToJsonString());

        await RunAsync("echo on > go");
        var ended = await EndedAsync(other, id);

        Assert.Equal("completed", Text(ended, "status"));
        var waited = await _host.ResultAsync(ExtensionCall.OfTool("execute_in_task", new JsonObject { ["taskId"] = "T", ["command"] = "echo out; echo on; exit 3" }));
        Assert.Equal("complete", Text(waited, "resultType"));
        Assert.Equal(Alike(waited["structuredContent"]!), Alike(ended["result"]!["structuredContent"]!));
        Assert.NotEmpty(Text(ended["result"]!["content"]![0]!, "text"));

        // Who has declared nothing gets the command's id, as ever.
        var undeclared = await _host.ResultAsync(ExtensionCall.OfTool("execute_in_task", new JsonObject { ["taskId"] = "T", ["command"] = "true", ["background"] = true }, declared: false));
        Assert.Equal(("complete", "running"), (Text(undeclared, "resultType"), Text(undeclared["structuredContent"]!, "status")));
        Assert.False(undeclared.ContainsKey("taskId"));
    }

    [Fact]
    public async Task Handle_of_a_host_that_was_killed_is_answered_by_another()
    {
        string id;
        using (var killed = RawHost.Start(_store))
        {
            id = Text(await BeginAsync(killed, "echo begun; exec sleep 98765"), "taskId");
            killed.Kill();
        }

        var ended = await EndedAsync(_host, id);

        Assert.Equal(("failed", -32603), (Text(ended, "status"), ended["error"]!["code"]!.GetValue<int>()));
        Assert.Contains(id, Text(ended["error"]!, "message"), StringComparison.Ordinal);
        Assert.False(ended.ContainsKey("result"));
        Assert.Equal("0\n", await RunAsync("ps -o args | grep -c '[9]8765'"));
        Assert.Equal("{\"resultType\":\"complete\"}", (await _host.ResultAsync(ExtensionCall.Cancel(id))).ToJsonString());
        Assert.Equal("failed", Text(await _host.ResultAsync(ExtensionCall.Get(id)), "status"));
    }

    [Fact]
    public async Task Command_is_ended_by_its_handle_from_another_host_and_who_listens_is_told()
    {
        using var other = RawHost.Start(_store);
        var id = Text(await BeginAsync(_host, "exec sleep 98765"), "taskId");
        using var listener = RawHost.Start(_store);
        var listen = ExtensionCall.Of("subscriptions/listen", new JsonObject { ["notifications"] = new JsonObject { ["taskIds"] = new JsonArray(id, "exec_none", id), ["resourceSubscriptions"] = new JsonArray("opencode://tasks/T/state") } });
        await listener.SendAsync(listen.ToJsonString());
        Assert.Equal($$"""{"resourceSubscriptions":["opencode://tasks/T/state"],"taskIds":["{{id}}"]}""", (await listener.NextAsync())!["params"]!["notifications"]!.ToJsonString());
        Assert.Equal("working", Text(await ToldAsync(listener, listen), "status"));

        var acknowledged = await other.ResultAsync(ExtensionCall.Cancel(id));

        Assert.Equal("{\"resultType\":\"complete\"}", acknowledged.ToJsonString());
        var told = await ToldAsync(listener, listen);
        Assert.Equal("cancelled", Text(told, "status"));
        var ended = await other.ResultAsync(ExtensionCall.Get(id));
        ended.Remove("resultType");
        told.Remove("_meta");
        Assert.True(JsonNode.DeepEquals(ended, told), $"{ended.ToJsonString()} {told.ToJsonString()}");
        Assert.Equal("0\n", await RunAsync("ps -o args | grep -c '[9]8765'"));
        Assert.Equal("{\"resultType\":\"complete\"}", (await other.ResultAsync(ExtensionCall.Cancel(id))).ToJsonString());
    }

    [Fact]
    public async Task Command_that_cannot_be_run_is_a_tools_failure_in_a_completed_result()
    {
        await OkAsync(_host, "create_task_sandbox", new JsonObject { ["name"] = "n", ["taskId"] = "U", ["image"] = "localhost:1/none:none" });

        var ended = await EndedAsync(_host, Text(await BeginAsync(_host, "true", "U"), "taskId"));

        Assert.Equal(("completed", true), (Text(ended, "status"), ended["result"]!["isError"]!.GetValue<bool>()));
        Assert.Contains("localhost:1/none:none", Text(ended["result"]!["structuredContent"]!["error"]!, "message"), StringComparison.Ordinal);
        await OkAsync(_host, "delete_task", new JsonObject { ["taskId"] = "U" });
        await _host.RefusedAsync(-32602, ExtensionCall.Get(Text(ended, "taskId")));
    }

    private static string Text(JsonNode json, string member) => json[member]!.GetValue<string>();

    // What differs between two runs of the same command.
    private static string Alike(JsonNode answer)
    {
        var copy = answer.DeepClone().AsObject();
        copy.Remove("executionId");
        copy.Remove("duration");
        return copy.ToJsonString();
    }

    private static Task<JsonObject> BeginAsync(RawHost host, string command, string task = "T", string? key = null) =>
        host.ResultAsync(ExtensionCall.OfTool("execute_in_task", new JsonObject { ["taskId"] = task, ["command"] = command, ["background"] = true, ["idempotencyKey"] = key }));

    private static async Task<JsonObject> OkAsync(RawHost host, string tool, JsonObject arguments)
    {
        var result = await host.ResultAsync(ExtensionCall.OfTool(tool, arguments));
        Assert.True(result["isError"]?.GetValue<bool>() is not true, result.ToJsonString());
        return result["structuredContent"]!.AsObject();
    }

    private static async Task<JsonObject> EndedAsync(RawHost host, string id)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var now = await host.ResultAsync(ExtensionCall.Get(id));
            if (Text(now, "status") != "working")
            {
                return now;
            }

            Assert.True(clock.Elapsed < HostStore.Patience, now.ToJsonString());
        }
    }

    private static async Task<JsonObject> ToldAsync(RawHost listener, JsonObject listen)
    {
        var message = (await listener.NextAsync())!;
        Assert.Equal("notifications/tasks", Text(message, "method"));
        var told = message["params"]!.AsObject();
        Assert.Equal(listen["id"]!.GetValue<int>(), told["_meta"]!["io.modelcontextprotocol/subscriptionId"]!.GetValue<int>());
        return told;
    }

    private async Task<string> RunAsync(string command) => Text(await OkAsync(_host, "execute_in_task", new JsonObject { ["taskId"] = "T", ["command"] = command }), "stdout");
}
