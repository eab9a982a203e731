using System.Net.Http.Headers;
using System.Text;
using OpenCode.Configuration;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>A host that serves for days holds no more at their end than at their beginning: a day's calls in short, with clients that come and go, follow and let go, cancel, and are wrong.</summary>
public sealed class GrowthTests : IDisposable
{
    private const string Meta = """
        "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}
        """;

    private const string Initialize = """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}""";

    private readonly HostStore _store = new() { Tools = "all" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Host_over_standard_input_does_not_grow()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "What a process holds is looked up in /proc.");
        Growth.PutInto(_store);
        using var host = await RawHost.ReadyAsync(_store);
        var id = 0;
        await AskAsync("tools/call", """{"name":"create_task_sandbox","arguments":{"name":"n","taskId":"T"}}""");
        var growth = new Growth(host.ProcessId);

        await growth.LoadAsync(Growth.Requests, async i =>
        {
            switch (i % 10)
            {
                case 5:
                    await AskAsync("tools/call", """{"name":"list_tasks","arguments":{"limit":5}}""");
                    break;
                case 6:
                    await AskAsync("resources/subscribe", """{"uri":"opencode://tasks/T/log"}""");
                    await AskAsync("tools/call", $$$"""{"name":"append_log","arguments":{"taskId":"T","message":"line {{{i}}}","idempotencyKey":"k{{{i}}}"} }""");
                    await AskAsync("resources/unsubscribe", """{"uri":"opencode://tasks/T/log"}""");
                    break;
                case 7:
                    // Cancelled: it has no answer.
                    await host.SendAsync($$$"""{"jsonrpc":"2.0","id":{{{++id}}},"method":"tools/call","params":{"name":"wait_for_task","arguments":{"taskIds":["T"],"waitMs":30000} } }""");
                    await host.SendAsync($$$"""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{{{id}}} } }""");
                    break;
                case 8:
                    await AskAsync("tools/call", """{"name":"find_tasks","arguments":{"query":"n"}}""");
                    break;
                case 9:
                    await AskAsync("tools/call", $$$"""{"name":"get_task_status","arguments":{"taskId":"none{{{i}}}"} }""");
                    await AskAsync("no/method", "{}");
                    break;
                default:
                    await AskAsync("tools/call", """{"name":"get_task_status","arguments":{"taskId":"T"}}""");
                    break;
            }
        });

        growth.AssertNone();

        async Task AskAsync(string method, string parameters)
        {
            await host.SendAsync($$"""{"jsonrpc":"2.0","id":{{++id}},"method":"{{method}}","params":{{parameters}}}""");
            while ((await host.NextAsync() ?? throw new InvalidOperationException("The host has ended."))["id"]?.GetValue<int>() != id)
            {
                // notifications of what is followed
            }
        }
    }

    [Fact]
    public async Task Host_over_http_does_not_grow()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "What a process holds is looked up in /proc.");
        Growth.PutInto(_store);
        var token = await new AccessTokens(_store.DataRoot, TimeProvider.System).CreateAsync("ada", McpScope.Admin, null, null, Token);
        var configuration = Path.Combine(_store.WorkingDirectory, "opencode-tasks.json");
        await File.WriteAllTextAsync(configuration, """{ "mcp": { "requestsPerSecond": 100000 } }""", Token);
        await using var host = await HttpHost.StartAsync(_store);
        using var staying = new HttpClient();
        await PostAsync(staying, "/mcp", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"create_task_sandbox","arguments":{"name":"n","taskId":"T"}}}""");
        var growth = new Growth(host.ProcessId);

        await growth.LoadAsync(Growth.Requests, async i =>
        {
            switch (i % 10)
            {
                case 5:
                    using (var coming = new HttpClient())
                    {
                        await PostAsync(coming, "/mcp", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_tasks","arguments":{"limit":5}}}""");
                    }

                    break;
                case 6:
                    var session = await PostAsync(staying, "/mcp/legacy", Initialize);
                    await PostAsync(staying, "/mcp/legacy", """{"jsonrpc":"2.0","id":2,"method":"resources/subscribe","params":{"uri":"opencode://tasks/T"}}""", session);
                    if (i % 20 == 6)
                    {
                        // The others are left behind, as clients do that are closed.
                        using var ending = Request(HttpMethod.Delete, "/mcp/legacy", null, session);
                        using var ended = await staying.SendAsync(ending, Token);
                        Assert.True(ended.IsSuccessStatusCode);
                    }

                    break;
                case 7:
                    await GoneAsync($$$"""{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["opencode://tasks/T"]},{{{Meta}}} } }""", "subscriptions/listen", null);
                    break;
                case 8:
                    await GoneAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wait_for_task","arguments":{"taskIds":["T"],"waitMs":30000} } }""", null, TimeSpan.FromMilliseconds(1));
                    break;
                case 9:
                    using (var wrong = Request(HttpMethod.Post, "/mcp", i % 20 == 9 ? "{" : "[]", null))
                    using (var refused = await staying.SendAsync(wrong, Token))
                    {
                        Assert.Equal(400, (int)refused.StatusCode);
                    }

                    break;
                default:
                    await PostAsync(staying, "/mcp", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_task_status","arguments":{"taskId":"T"}}}""");
                    break;
            }
        });

        growth.AssertNone();

        HttpRequestMessage Request(HttpMethod method, string path, string? json, string? session)
        {
            var request = new HttpRequestMessage(method, new Uri(host.Address, path)) { Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json") };
            request.Headers.Accept.ParseAdd("application/json, text/event-stream");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Token);
            if (session is not null)
            {
                request.Headers.Add("Mcp-Session-Id", session);
            }

            return request;
        }

        async Task<string?> PostAsync(HttpClient client, string path, string json, string? session = null)
        {
            using var request = Request(HttpMethod.Post, path, json, session);
            using var response = await client.SendAsync(request, Token);
            var text = await response.Content.ReadAsStringAsync(Token);
            Assert.True(response.IsSuccessStatusCode && text.Contains("\"result\"", StringComparison.Ordinal), text);
            return response.Headers.TryGetValues("Mcp-Session-Id", out var values) ? values.Single() : null;
        }

        // A client that goes while its request is worked on: once it hears the beginning, or after a while.
        async Task GoneAsync(string json, string? method, TimeSpan? after)
        {
            // Who closes an answer that goes on would wait for its end for two seconds, with the connection open.
            using var client = new HttpClient(new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero });
            using var request = Request(HttpMethod.Post, "/mcp", json, null);
            if (method is not null)
            {
                request.Headers.Add("Mcp-Method", method);
                request.Headers.Add("MCP-Protocol-Version", "2026-07-28");
            }

            using var going = CancellationTokenSource.CreateLinkedTokenSource(Token);
            going.CancelAfter(after ?? Timeout.InfiniteTimeSpan);
            try
            {
                using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, going.Token);
                if (!response.IsSuccessStatusCode)
                {
                    Assert.Fail($"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(Token)}");
                }
            }
            catch (OperationCanceledException) when (going.IsCancellationRequested)
            {
                // gone before it heard anything
            }
        }
    }
}
