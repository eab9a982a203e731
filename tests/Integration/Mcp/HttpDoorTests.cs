using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using OpenCode.Configuration;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>Whom the host does not let in over HTTP, and what they are told. Each test ends with a client that is still served.</summary>
public sealed class HttpDoorTests : IDisposable
{
    private const string Ping = """{"jsonrpc":"2.0","id":1,"method":"ping"}""";

    private readonly HostStore _store = new() { Tools = "all" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData("evil.example")]
    [InlineData("localhost.evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("10.0.0.1")]
    public async Task Host_header_of_another_name_is_refused(string name)
    {
        await using var host = await HttpHost.StartAsync(_store);

        var (status, body, _) = await host.PostAsync(Ping, request => request.Headers.Host = $"{name}:{host.Address.Port}");
        Assert.Equal((403, -32000), (status, body!["error"]!["code"]!.GetValue<int>()));
        Assert.Contains("Host", body["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(200, (await host.PostAsync(Ping, request => request.Headers.Host = $"LOCALHOST:{host.Address.Port}")).Status);
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("http://localhost.evil.example")]
    [InlineData("null")]
    [InlineData("file://localhost")]
    public async Task Page_of_another_site_is_refused(string origin)
    {
        await using var host = await HttpHost.StartAsync(_store);

        Assert.Equal(403, (await host.PostAsync(Ping, request => request.Headers.Add("Origin", origin))).Status);
        Assert.Equal(403, (await host.PostAsync(Ping, request => request.Headers.Add("Origin", origin), "/mcp/legacy")).Status);
        Assert.Equal(200, (await host.PostAsync(Ping, request => request.Headers.Add("Origin", $"http://127.0.0.1:{host.Address.Port}"))).Status);
    }

    [Fact]
    public async Task Address_that_others_can_reach_is_not_listened_on_without_a_token()
    {
        var (exitCode, errors) = await HttpHost.RefusedAsync(_store, "--host", "0.0.0.0");
        Assert.Equal(4, exitCode);
        Assert.Contains("New-OcMcpToken", errors, StringComparison.Ordinal);

        var token = await Tokens().CreateAsync("ada", McpScope.Read, null, null, Token);
        await using var host = await HttpHost.StartAsync(_store, "--host", "0.0.0.0");
        Assert.Equal(401, (await host.PostAsync(Ping, request => request.Headers.Host = $"127.0.0.1:{host.Address.Port}")).Status);
        Assert.Equal(200, (await host.PostAsync(Ping, request => (request.Headers.Host, request.Headers.Authorization) = ($"127.0.0.1:{host.Address.Port}", new AuthenticationHeaderValue("Bearer", token.Token)))).Status);
    }

    [Fact]
    public async Task Once_there_is_a_token_nobody_comes_in_without_a_good_one()
    {
        var good = await Tokens().CreateAsync("ada", McpScope.Write, "for a test", TimeSpan.FromHours(1), Token);
        var expired = await Tokens().CreateAsync("ada", McpScope.Admin, null, TimeSpan.FromMilliseconds(1), Token);
        await using var host = await HttpHost.StartAsync(_store, "--verbose");

        var (status, body, headers) = await host.PostAsync(Ping);
        Assert.Equal((401, "Bearer"), (status, headers.WwwAuthenticate.Single().Scheme));
        Assert.Contains("New-OcMcpToken", body!["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        foreach (var wrong in new[] { "Bearer x", $"Bearer {expired.Token}", $"Bearer {good.Token}x", $"Bearer {good.Token![..^1]}", $"Bearer {good.Id}", $"Basic {good.Token}", "Bearer", "" })
        {
            Assert.Equal(401, (await host.PostAsync(Ping, request => request.Headers.TryAddWithoutValidation("Authorization", wrong))).Status);
        }

        Assert.Equal(200, (await host.GetAsync("/health")).Status);
        await using var client = await host.ConnectAsync("/mcp", null, good.Token);
        var id = (await client.OkAsync("create_task_sandbox", new { name = "n" }))["taskId"]!.GetValue<string>();
        Assert.Equal("ada", (await client.OkAsync("get_task_status", new { taskId = id }))["task"]!["owner"]!.GetValue<string>());

        // Taken back while the host runs, and never said aloud.
        Assert.True(await Tokens().RemoveAsync(good.Id, Token));
        Assert.Equal(401, (await host.PostAsync(Ping, request => request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", good.Token))).Status);
        Assert.DoesNotContain(good.Token!, host.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(good.Token!, await File.ReadAllTextAsync(Path.Combine(_store.DataRoot, "mcp-tokens.json"), Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scope_decides_which_tools_are_seen_and_may_be_called()
    {
        var read = (await Tokens().CreateAsync("ada", McpScope.Read, null, null, Token)).Token;
        var write = (await Tokens().CreateAsync("ada", McpScope.Write, null, null, Token)).Token;
        var admin = (await Tokens().CreateAsync("ada", McpScope.Admin, null, null, Token)).Token;
        await using var host = await HttpHost.StartAsync(_store);
        await using var reader = await host.ConnectAsync("/mcp", null, read);
        await using var writer = await host.ConnectAsync("/mcp/legacy", "2025-11-25", write);
        await using var owner = await host.ConnectAsync("/mcp", null, admin);

        var seen = (await reader.Client.ListToolsAsync(cancellationToken: Token)).Select(tool => tool.Name).ToArray();
        Assert.Contains("get_task_status", seen);
        Assert.All(await reader.Client.ListToolsAsync(cancellationToken: Token), tool => Assert.True(tool.ProtocolTool.Annotations!.ReadOnlyHint));
        Assert.DoesNotContain("delete_task", (await writer.Client.ListToolsAsync(cancellationToken: Token)).Select(tool => tool.Name));
        Assert.Equal(29, (await owner.Client.ListToolsAsync(cancellationToken: Token)).Count);

        await writer.OkAsync("create_task_sandbox", new { name = "n", taskId = "T", idempotencyKey = "k" });
        var denied = await reader.CallAsync("create_task_sandbox", new { name = "n" });
        Assert.StartsWith("AccessDenied", HostClient.Text(denied), StringComparison.Ordinal);
        Assert.StartsWith("AccessDenied", HostClient.Text(await writer.CallAsync("delete_task", new { taskId = "T" })), StringComparison.Ordinal);
        Assert.StartsWith("AccessDenied", HostClient.Text(await writer.CallAsync("resume_task", new { taskId = "T", checkpointId = "checkpoint_x" })), StringComparison.Ordinal);
        await owner.OkAsync("delete_task", new { taskId = "T" });
    }

    [Fact]
    public async Task Message_that_is_too_large_is_refused_whether_its_length_is_told_or_not()
    {
        await using var host = await HttpHost.StartAsync(_store);
        var large = $$$"""{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"{{{new string('x', 8 * 1024 * 1024)}}}"}}""";

        foreach (var chunked in new[] { false, true })
        {
            var (status, body, _) = await host.PostAsync(large, request => request.Headers.TransferEncodingChunked = chunked);
            Assert.Equal((413, -32600), (status, body!["error"]!["code"]!.GetValue<int>()));
        }

        Assert.Equal(200, (await host.PostAsync(Ping)).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"jsonrpc":"2.0","id":null,"method":"ping"}""")]
    [InlineData("""{"jsonrpc":"1.0","id":1,"method":"ping"}""")]
    public async Task What_is_no_message_is_answered_with_an_error(string body)
    {
        await using var host = await HttpHost.StartAsync(_store);

        var (status, answer, _) = await host.PostAsync(body);

        Assert.Equal(400, status);
        Assert.NotNull(answer!["error"]);
        Assert.Equal(200, (await host.PostAsync(Ping)).Status);
    }

    [Fact]
    public async Task Client_that_never_finishes_its_message_is_sent_away()
    {
        await using var host = await HttpHost.StartAsync(_store);
        using var slow = new TcpClient();
        await slow.ConnectAsync(host.Address.Host, host.Address.Port, Token);
        await slow.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST /mcp HTTP/1.1\r\nHost: localhost:{host.Address.Port}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: 1000\r\n\r\n{{"), Token);

        using var reader = new StreamReader(slow.GetStream());
        var answer = await reader.ReadToEndAsync(Token).WaitAsync(HostStore.Patience, Token);

        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
        Assert.Contains("did not arrive in time", answer, StringComparison.Ordinal);
        Assert.Equal(200, (await host.PostAsync(Ping)).Status);
    }

    [Fact]
    public async Task Connections_beyond_the_limit_are_told_and_a_thousand_do_not_bring_the_host_down()
    {
        await File.WriteAllTextAsync(Path.Combine(_store.WorkingDirectory, "opencode-tasks.json"), """{ "mcp": { "maxConnections": 10 } }""", Token);
        await using var host = await HttpHost.StartAsync(_store);
        var open = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 1000; i++)
            {
                var client = new TcpClient();
                open.Add(client);
                await client.ConnectAsync(host.Address.Host, host.Address.Port, Token);
                if (i == 20)
                {
                    var (status, body, headers) = await host.PostAsync(Ping);
                    Assert.Equal((503, true), (status, headers.RetryAfter is not null));
                    Assert.Contains("mcp.maxConnections", body!["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
                }
            }
        }
        finally
        {
            open.ForEach(client => client.Dispose());
        }

        // Free again as soon as the others are gone; the host learns of that a moment later.
        using var limit = new CancellationTokenSource(HostStore.Patience);
        while (await StatusAsync() != 200)
        {
            limit.Token.ThrowIfCancellationRequested();
        }

        async Task<int> StatusAsync()
        {
            try
            {
                return (await host.PostAsync(Ping)).Status;
            }
            catch (HttpRequestException)
            {
                return 0; // closed at once: far beyond the limit
            }
        }
    }

    [Fact]
    public async Task Client_that_asks_too_often_is_told_to_wait()
    {
        await File.WriteAllTextAsync(Path.Combine(_store.WorkingDirectory, "opencode-tasks.json"), """{ "mcp": { "requestsPerSecond": 2 } }""", Token);
        await using var host = await HttpHost.StartAsync(_store);

        var answers = new List<(int Status, bool Waits)>();
        for (var i = 0; i < 10; i++)
        {
            var (status, _, headers) = await host.PostAsync(Ping);
            answers.Add((status, headers.RetryAfter is not null));
        }

        Assert.Equal((200, false), answers[0]);
        Assert.Contains((429, true), answers);
    }

    [Fact]
    public async Task Health_tells_whether_the_store_can_be_used_and_no_more()
    {
        var file = Path.Combine(_store.WorkingDirectory, "a-file");
        await File.WriteAllTextAsync(file, "not a folder", Token);
        using var broken = new HostStore { DataRoot = Path.Combine(file, "data") };
        await using var host = await HttpHost.StartAsync(broken);

        Assert.Equal((200, "ok"), ((await host.GetAsync("/health")) is var (status, body) ? (status, body["status"]!.GetValue<string>()) : default));
        var (code, ready) = await host.GetAsync("/health/ready");
        Assert.Equal((503, "StoreUnavailable"), (code, ready["error"]!.GetValue<string>()));
        Assert.DoesNotContain(file, ready.ToJsonString(), StringComparison.Ordinal);

        File.Delete(file);
        Assert.Equal(200, (await host.GetAsync("/health/ready")).Status);
    }

    private AccessTokens Tokens() => new(_store.DataRoot, TimeProvider.System);
}
