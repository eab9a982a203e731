using System.Text.Json.Nodes;
using OpenCode.Configuration;
using OpenCode.Tasks;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>Answers that are given before the SDK sees the call: what they say, and that nobody is told anything that is no longer so.</summary>
public sealed class DirectAnswerTests : IDisposable
{
    // The same call, of a form that is the SDK's to read.
    private const string Plain = """{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"get_task_status","arguments":{"taskId":"T"}}}""";
    private const string Ordinary = """{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"get_task_status","arguments":{"taskId":"T"},"_meta":{}}}""";

    private readonly HostStore _store = new() { Tools = "all" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Answer_over_standard_output_is_the_one_the_SDK_gives()
    {
        using var host = await RawHost.ReadyAsync(_store);
        await host.ResultAsync("create_task_sandbox", Rich());

        await host.SendAsync(Ordinary);
        var ordinary = await host.AnswerAsync(5);
        await host.SendAsync(Plain);
        var direct = await host.AnswerAsync(5);

        Assert.Equal(ordinary.ToJsonString(), direct.ToJsonString());
        Assert.Equal("say \"hi\" 世界", direct["result"]!["structuredContent"]!["task"]!["name"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2025-06-18")]
    [InlineData("2025-03-26")]
    public async Task Answer_over_HTTP_is_the_one_the_SDK_gives(string revision)
    {
        await using var host = await HttpHost.StartAsync(_store);
        await CallAsync(host, "create_task_sandbox", Rich());

        var ordinary = await host.PostAsync(Ordinary, request => request.Headers.Add("MCP-Protocol-Version", revision));
        var direct = await host.PostAsync(Plain, request => request.Headers.Add("MCP-Protocol-Version", revision));

        Assert.Equal((200, 200), (ordinary.Status, direct.Status));
        Assert.Equal(ordinary.Body!.ToJsonString(), direct.Body!.ToJsonString());
        Assert.Equal(Names(ordinary.Headers), Names(direct.Headers));

        static IEnumerable<string> Names(System.Net.Http.Headers.HttpResponseHeaders headers) => headers.Select(header => header.Key).Where(name => name != "Transfer-Encoding").Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task Request_over_HTTP_that_is_out_of_the_usual_is_the_SDKs_to_refuse()
    {
        await using var host = await HttpHost.StartAsync(_store);
        await CallAsync(host, "create_task_sandbox", Rich());

        Assert.Equal(400, (await host.PostAsync(Plain, request => request.Headers.Add("MCP-Protocol-Version", "2025-11-24"))).Status);
        Assert.Equal(400, (await host.PostAsync(Plain, With("Mcp-Session-Id", "none"))).Status);
        Assert.Equal(406, (await host.PostAsync(Plain, request =>
        {
            request.Headers.Add("MCP-Protocol-Version", "2025-11-25");
            request.Headers.Accept.Clear();
            request.Headers.Accept.ParseAdd("application/json");
        })).Status);
        Assert.Equal(400, (await host.PostAsync(Plain, path: "/mcp/legacy")).Status);
        Assert.Equal(404, (await host.PostAsync(Plain, With("Mcp-Method", "tools/call"), "/mcpx")).Status);

        // The newest revision's answer has more in it.
        const string Newest = """{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"get_task_status","arguments":{"taskId":"T"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}""";
        var newest = await host.PostAsync(Newest, request =>
        {
            request.Headers.Add("MCP-Protocol-Version", "2026-07-28");
            request.Headers.Add("Mcp-Method", "tools/call");
            request.Headers.Add("Mcp-Name", "get_task_status");
        });
        Assert.Equal(("complete", 200), (newest.Body!["result"]!["resultType"]!.GetValue<string>(), newest.Status));

        static Action<HttpRequestMessage> With(string name, string value) => request =>
        {
            request.Headers.Add("MCP-Protocol-Version", "2025-11-25");
            request.Headers.Add(name, value);
        };
    }

    [Fact]
    public async Task Client_without_a_handshake_is_answered_by_the_SDK()
    {
        using var host = RawHost.Start(_store);

        await host.SendAsync(Plain);

        Assert.Equal("TaskNotFound", (await host.AnswerAsync(5))["result"]!["structuredContent"]!["error"]!["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task Failures_are_told_as_ever()
    {
        using var host = await RawHost.ReadyAsync(_store);

        Assert.Equal("TaskNotFound", await ErrorAsync("""{"taskId":"none"}"""));
        Assert.Equal("InvalidArgument", await ErrorAsync("""{"taskId":"../T"}"""));
        Assert.Equal("InvalidArgument", await ErrorAsync("""{"taskID":"T"}"""));
        Assert.Equal("InvalidArgument", await ErrorAsync("{}"));

        async Task<string> ErrorAsync(string arguments) =>
            (await host.ResultAsync("get_task_status", JsonNode.Parse(arguments)!.AsObject()))["error"]!["name"]!.GetValue<string>();
    }

    [Fact]
    public async Task Every_answer_shows_what_another_process_has_committed_before_the_request()
    {
        using var reader = await RawHost.ReadyAsync(_store);
        using var writer = await RawHost.ReadyAsync(_store);
        await using var http = await HttpHost.StartAsync(_store);
        await writer.ResultAsync("create_task_sandbox", new JsonObject { ["name"] = "n", ["taskId"] = "T" });
        for (var i = 0; i < 40; i++)
        {
            await writer.ResultAsync("attach_agent_to_task", new JsonObject { ["taskId"] = "T", ["agentId"] = $"ada{i}" });
            Assert.Equal($"""["ada{i}"]""", Agents(await reader.ResultAsync("get_task_status", new JsonObject { ["taskId"] = "T" })));
            Assert.Equal($"""["ada{i}"]""", Agents((await CallAsync(http, "get_task_status", new JsonObject { ["taskId"] = "T" }))["structuredContent"]!.AsObject()));

            await writer.ResultAsync("detach_agent_from_task", new JsonObject { ["taskId"] = "T", ["agentId"] = $"ada{i}" });
            Assert.Equal("[]", Agents(await reader.ResultAsync("get_task_status", new JsonObject { ["taskId"] = "T" })));
            Assert.Equal("[]", Agents((await CallAsync(http, "get_task_status", new JsonObject { ["taskId"] = "T" }))["structuredContent"]!.AsObject()));
        }

        static string Agents(JsonObject answer) => answer["task"]!["agents"]!.ToJsonString();
    }

    [Fact]
    public async Task Agent_whose_process_was_killed_is_not_shown_when_its_lease_is_over()
    {
        using var host = await RawHost.ReadyAsync(_store);
        await host.ResultAsync("create_task_sandbox", new JsonObject { ["name"] = "n", ["taskId"] = "T" });
        await using (var other = await OpenCodeRuntime.OpenAsync(new OpenCodeConfiguration { DataRoot = _store.DataRoot }, Token))
        {
            await other.Tasks.AttachAsync("T", new AttachRequest("ada") { Lease = TimeSpan.FromSeconds(1) }, Token);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(HostStore.Patience);
        while ((await host.ResultAsync("get_task_status", new JsonObject { ["taskId"] = "T" }))["task"]!["agents"]!.AsArray().Count > 0)
        {
            limit.Token.ThrowIfCancellationRequested();
        }
    }

    [Fact]
    public async Task Client_that_writes_all_its_requests_before_it_reads_an_answer_gets_every_one()
    {
        const int Calls = 3000; // many times what a pipe holds, in both directions
        using var host = await RawHost.ReadyAsync(_store);
        await host.ResultAsync("create_task_sandbox", new JsonObject { ["name"] = "n", ["taskId"] = "T", ["description"] = new string('d', 2000) });

        for (var i = 0; i < Calls; i++)
        {
            await host.SendAsync(Plain.Replace("\"id\":5", $"\"id\":{i + 100}", StringComparison.Ordinal)).WaitAsync(HostStore.Patience, Token);
        }

        var answered = new HashSet<int>();
        for (var i = 0; i < Calls; i++)
        {
            var message = await host.NextAsync();
            Assert.True(answered.Add(message!["id"]!.GetValue<int>()));
            Assert.True(message["result"]!["structuredContent"]!["success"]!.GetValue<bool>());
        }

        host.CloseInput();
        Assert.Equal((0, "", ""), await host.EndAsync());
    }

    [Fact]
    public async Task Token_that_was_taken_back_gets_no_answer_and_one_that_may_read_does()
    {
        var tokens = new AccessTokens(_store.DataRoot, TimeProvider.System);
        var reader = await tokens.CreateAsync("ada", McpScope.Read, null, null, Token);
        await using (var other = await OpenCodeRuntime.OpenAsync(new OpenCodeConfiguration { DataRoot = _store.DataRoot }, Token))
        {
            await other.Tasks.CreateAsync(new NewTask { Name = "n", Id = "T" }, Token);
        }

        await using var host = await HttpHost.StartAsync(_store);
        Assert.Equal(401, (await host.PostAsync(Plain, With(null))).Status);
        Assert.Equal(401, (await host.PostAsync(Plain, With("oct_wrong"))).Status);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("T", (await host.PostAsync(Plain, With(reader.Token))).Body!["result"]!["structuredContent"]!["taskId"]!.GetValue<string>());
        }

        await tokens.RemoveAsync(reader.Id, Token);

        Assert.Equal(401, (await host.PostAsync(Plain, With(reader.Token))).Status);

        static Action<HttpRequestMessage> With(string? token) => request =>
        {
            request.Headers.Add("MCP-Protocol-Version", "2025-11-25");
            request.Headers.Authorization = token is null ? null : new("Bearer", token);
        };
    }

    private static JsonObject Rich() => new()
    {
        ["name"] = "say \"hi\" 世界",
        ["taskId"] = "T",
        ["description"] = "Tabs\tand\nlines, <tags> & 'quotes' + 😀.",
        ["owner"] = "ada",
        ["metadata"] = new JsonObject { ["z"] = 1.50, ["a"] = new JsonArray("é", null, true, new JsonObject { ["q"] = "\"" }), ["empty"] = new JsonObject() },
    };

    private static async Task<JsonObject> CallAsync(HttpHost host, string tool, JsonObject arguments)
    {
        var request = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = "tools/call", ["params"] = new JsonObject { ["name"] = tool, ["arguments"] = arguments } };
        var (status, body, _) = await host.PostAsync(request.ToJsonString(), message => message.Headers.Add("MCP-Protocol-Version", "2025-11-25"));
        Assert.Equal(200, status);
        return body!["result"]!.AsObject();
    }
}
