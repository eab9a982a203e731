using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using OpenCode.Configuration;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>Clients over HTTP, of revisions with and without sessions.</summary>
public sealed class HttpTests : IAsyncLifetime
{
    private readonly HostStore _store = new() { Tools = "all" };
    private HttpHost _host = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await HttpHost.StartAsync(_store);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _store.Dispose();
    }

    [Theory]
    [InlineData("/mcp", "2026-07-28")]
    [InlineData("/mcp", "2025-11-25")]
    [InlineData("/mcp", "2025-06-18")]
    [InlineData("/mcp/legacy", "2025-11-25")]
    [InlineData("/mcp/legacy", "2025-03-26")]
    public async Task Client_of_a_revision_gets_it_and_works(string path, string revision)
    {
        await using var client = await _host.ConnectAsync(path, revision);

        Assert.Equal(revision, client.Client.NegotiatedProtocolVersion);
        Assert.Equal(path == "/mcp/legacy", client.Client.SessionId is not null);
        var id = (await client.OkAsync("create_task_sandbox", new { name = "Grüße 世界" }))["taskId"]!.GetValue<string>();
        await client.RefusedAsync("InvalidArgument", "create_task_sandbox", new { name = 5 });
        Assert.Contains("世界", Assert.IsType<TextResourceContents>((await client.ReadAsync($"opencode://tasks/{id}")).Contents[0]).Text, StringComparison.Ordinal);
        Assert.Equal(4, (await client.Client.ListPromptsAsync(cancellationToken: Token)).Count);
    }

    [Fact]
    public async Task Clients_over_both_ways_and_another_process_share_a_store()
    {
        await using var newer = await _host.ConnectAsync("/mcp", null);
        await using var older = await _host.ConnectAsync("/mcp/legacy", "2025-11-25");
        await using var stdio = await HostClient.StartAsync(_store);

        await newer.OkAsync("create_task_sandbox", new { name = "n", taskId = "T" });
        await older.OkAsync("attach_agent_to_task", new { taskId = "T", agentId = "ada" });
        Assert.Contains("ada", await stdio.RefusedAsync("LockHeld", "attach_agent_to_task", new { taskId = "T", agentId = "bob" }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Session_is_told_of_what_another_process_changes()
    {
        await using var client = await _host.ConnectAsync("/mcp/legacy", "2025-11-25");
        await client.OkAsync("create_task_sandbox", new { name = "n", taskId = "T" });
        var told = new TaskCompletionSource<string>();
        await using var hears = client.Client.RegisterNotificationHandler(NotificationMethods.ResourceUpdatedNotification, (notification, _) =>
        {
            told.TrySetResult(notification.Params!["uri"]!.GetValue<string>());
            return default;
        });
        await client.Client.SubscribeToResourceAsync(new SubscribeRequestParams { Uri = "opencode://tasks/T" }, Token);
        await using var other = await OpenCodeRuntime.OpenAsync(new OpenCodeConfiguration { DataRoot = _store.DataRoot }, Token);

        await other.Tasks.StartAsync("T", Common.Actor.Operator, Token);

        Assert.Equal("opencode://tasks/T", await told.Task.WaitAsync(HostStore.Patience, Token));
    }

    [Fact]
    public async Task Listener_without_a_session_is_told_over_its_own_answer_and_the_host_ends_under_it()
    {
        await using var other = await OpenCodeRuntime.OpenAsync(new OpenCodeConfiguration { DataRoot = _store.DataRoot }, Token);
        await other.Tasks.CreateAsync(new OpenCode.Tasks.NewTask { Name = "n", Id = "T" }, Token);
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_host.Address, "/mcp"))
        {
            Content = new StringContent("""{"jsonrpc":"2.0","id":"l","method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["opencode://tasks/T/log"]},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}""", System.Text.Encoding.UTF8, "application/json"),
        };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        request.Headers.Add("MCP-Protocol-Version", "2026-07-28");
        request.Headers.Add("Mcp-Method", "subscriptions/listen");
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        Assert.Equal("notifications/subscriptions/acknowledged", (await NextAsync(reader))!["method"]!.GetValue<string>());

        await other.Memory.LogAsync("T", LogLevel.Info, "m", null, Common.Actor.Operator, Token);
        var updated = (await NextAsync(reader))!;
        Assert.Equal(("opencode://tasks/T/log", "l"), (updated["params"]!["uri"]!.GetValue<string>(), updated["params"]!["_meta"]!["io.modelcontextprotocol/subscriptionId"]!.GetValue<string>()));

        Assert.Equal(0, await _host.StopAsync());
    }

    [Fact]
    public async Task Host_that_is_asked_to_end_finishes_the_call_it_has_begun()
    {
        await using var client = await _host.ConnectAsync("/mcp", null);
        await client.OkAsync("acquire_lock", new { resources = "r", owner = "holder" });
        var waiting = client.CallAsync("acquire_lock", new { resources = "r", owner = "waiter", waitMs = 2_000 });
        await using var other = await OpenCodeRuntime.OpenAsync(new OpenCodeConfiguration { DataRoot = _store.DataRoot }, Token);
        while ((await other.Tasks.StatisticAsync(0, Token)).Locks.Waiting == 0)
        {
            await Task.Yield();
        }

        Assert.Equal(0, await _host.StopAsync());

        Assert.StartsWith("LockTimeout", HostClient.Text(await waiting), StringComparison.Ordinal);
    }

    private static async Task<JsonObject?> NextAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync(Token).AsTask().WaitAsync(HostStore.Patience, Token) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                return JsonNode.Parse(line[6..])!.AsObject();
            }
        }

        return null;
    }
}
