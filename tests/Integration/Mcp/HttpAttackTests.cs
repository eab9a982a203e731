using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using OpenCode.Configuration;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>What nobody with good intentions sends over HTTP. Each test ends with a client that is still served.</summary>
public sealed class HttpAttackTests : IDisposable
{
    private const string Ping = """{"jsonrpc":"2.0","id":1,"method":"ping"}""";
    private const string Initialize = """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}""";

    private readonly HostStore _store = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Session_of_one_client_is_no_others()
    {
        var (ada, eve) = (await MakeAsync("ada", McpScope.Read), await MakeAsync("eve", McpScope.Admin));
        await using var host = await HttpHost.StartAsync(_store);
        var session = (await host.PostAsync(Initialize, With(ada.Token), "/mcp/legacy")).Headers.GetValues("Mcp-Session-Id").Single();

        Assert.Equal(403, (await host.PostAsync(Ping, With(eve.Token, session), "/mcp/legacy")).Status);
        Assert.Equal(403, (await host.PostAsync("", request => (request.Method, request.Content) = (HttpMethod.Delete, Use(request, eve.Token, session)), "/mcp/legacy")).Status);
        Assert.Equal(401, (await host.PostAsync(Ping, With(null, session), "/mcp/legacy")).Status);
        Assert.Equal(404, (await host.PostAsync(Ping, With(ada.Token, session[..^1] + (session[^1] == 'A' ? 'B' : 'A')), "/mcp/legacy")).Status);
        Assert.Equal(200, (await host.PostAsync(Ping, With(ada.Token, session), "/mcp/legacy")).Status);

        // A session does not outlive the token it was begun with.
        await Tokens().RemoveAsync(ada.Id, Token);
        Assert.Equal(401, (await host.PostAsync(Ping, With(ada.Token, session), "/mcp/legacy")).Status);

        static HttpContent? Use(HttpRequestMessage request, string? token, string session)
        {
            With(token, session)(request);
            return null;
        }
    }

    [Fact]
    public async Task Token_is_taken_from_one_header_and_nowhere_else()
    {
        var token = (await MakeAsync("ada", McpScope.Admin)).Token;
        await using var host = await HttpHost.StartAsync(_store);

        Assert.Equal(401, (await host.PostAsync(Ping, path: $"/mcp?access_token={token}")).Status);
        Assert.Equal(401, (await host.PostAsync(Ping, request => request.Headers.Add("Cookie", $"Authorization=Bearer {token}"))).Status);
        Assert.Equal(401, (await host.PostAsync(Ping, request => request.Headers.Add("X-Authorization", $"Bearer {token}"))).Status);
        Assert.Equal(401, (await host.PostAsync(Ping, request => request.Headers.TryAddWithoutValidation("Authorization", [$"Bearer {token}", "Bearer x"]))).Status);
        Assert.Equal(200, (await host.PostAsync(Ping, With(token))).Status);
        Assert.DoesNotContain(token!, host.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Door_that_was_shut_stays_shut_when_the_last_token_is_taken_back()
    {
        await using var host = await HttpHost.StartAsync(_store);
        Assert.Equal(200, (await host.PostAsync(Ping)).Status);
        var token = await MakeAsync("ada", McpScope.Admin);
        Assert.Equal(401, (await host.PostAsync(Ping)).Status);

        await Tokens().RemoveAsync(token.Id, Token);
        Assert.Equal((401, 401), ((await host.PostAsync(Ping)).Status, (await host.PostAsync(Ping, With(token.Token))).Status));
        await using (var another = await HttpHost.StartAsync(_store))
        {
            Assert.Equal(401, (await another.PostAsync(Ping)).Status);
        }

        // Only who can write the data root opens it again, and not for a host that runs.
        File.Delete(Path.Combine(_store.DataRoot, "mcp-tokens.json"));
        Assert.Equal(401, (await host.PostAsync(Ping)).Status);
        await using var open = await HttpHost.StartAsync(_store);
        Assert.Equal(200, (await open.PostAsync(Ping)).Status);
    }

    [Fact]
    public async Task Page_of_another_site_is_never_told_that_it_may_read()
    {
        await using var host = await HttpHost.StartAsync(_store);
        using var client = new HttpClient();
        using var preflight = new HttpRequestMessage(HttpMethod.Options, new Uri(host.Address, "/mcp"));
        preflight.Headers.Add("Origin", "https://evil.example");
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        using var answer = await client.SendAsync(preflight, Token);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
        var own = await host.PostAsync(Ping, request => request.Headers.Add("Origin", $"http://localhost:{host.Address.Port}"));
        Assert.Equal(200, own.Status);
        Assert.DoesNotContain(own.Headers, header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("POST http://evil.example/mcp HTTP/1.1\r\nHost: localhost\r\n\r\n", "400")]
    [InlineData("POST http://evil.example/mcp HTTP/1.1\r\nHost: evil.example\r\n\r\n", "403")]
    [InlineData("POST /mcp HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", "400")]
    [InlineData("POST /mcp HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: localhost\r\nForwarded: host=localhost\r\n\r\n", "403")]
    [InlineData("POST /mcp HTTP/1.1\r\n\r\n", "400")]
    [InlineData("POST /mcp HTTP/1.0\r\n\r\n", "400")]
    [InlineData("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", "400")]
    [InlineData("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n", "400")]
    [InlineData("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", "400")]
    [InlineData("POST /mcp HTTP/1.1\r\nHost: localhost\r\nBad Header: x\r\n\r\n", "400")]
    [InlineData("POST /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", "404")]
    [InlineData("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", "415")]
    [InlineData("GET /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n", "405")]
    [InlineData("TRACE /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n", "405")]
    [InlineData("\u0016\u0003\u0001\u0002\0\u0001\0\r\n\r\n", "400")]
    public async Task Request_that_no_client_sends_is_refused(string request, string status)
    {
        await using var host = await HttpHost.StartAsync(_store);

        Assert.StartsWith($"HTTP/1.1 {status} ", await RawAsync(host, Encoding.Latin1.GetBytes(request)), StringComparison.Ordinal);
        Assert.Equal(200, (await host.PostAsync(Ping)).Status);
    }

    [Fact]
    public async Task Headers_beyond_the_servers_limits_are_refused()
    {
        await using var host = await HttpHost.StartAsync(_store);

        Assert.StartsWith("HTTP/1.1 431 ", await RawAsync(host, Encoding.ASCII.GetBytes($"POST /mcp HTTP/1.1\r\nHost: localhost\r\nX: {new string('x', 64 * 1024)}\r\n\r\n")), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 414 ", await RawAsync(host, Encoding.ASCII.GetBytes($"POST /{new string('x', 16 * 1024)} HTTP/1.1\r\nHost: localhost\r\n\r\n")), StringComparison.Ordinal);
        Assert.Equal(200, (await host.PostAsync(Ping)).Status);
    }

    [Fact]
    public async Task Clients_that_send_their_headers_byte_by_byte_hold_nobody_up_and_are_sent_away()
    {
        await using var host = await HttpHost.StartAsync(_store);
        var slow = Enumerable.Range(0, 40).Select(_ => DripAsync(host)).ToArray();

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(200, (await host.PostAsync(Ping)).Status);
        }

        Assert.All(await Task.WhenAll(slow).WaitAsync(HostStore.Patience, Token), sent => Assert.True(sent, "The server did not end a connection that never finished its headers."));
        Assert.Equal(200, (await host.PostAsync(Ping)).Status);
    }

    [Fact]
    public async Task Thousand_clients_at_once_are_served_or_told_and_the_host_stays_up()
    {
        await File.WriteAllTextAsync(Path.Combine(_store.WorkingDirectory, "opencode-tasks.json"), """{ "mcp": { "requestsPerSecond": 100000 } }""", Token);
        await using var host = await HttpHost.StartAsync(_store);

        var statuses = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => Task.Run(
            async () =>
            {
                try
                {
                    return (await host.PostAsync(Ping)).Status;
                }
                catch (HttpRequestException)
                {
                    return 0; // closed at once: far beyond the limit
                }
            },
            Token)));

        Assert.All(statuses, status => Assert.Contains(status, new[] { 200, 503, 0 }));
        Assert.Contains(200, statuses);
        using var limit = new CancellationTokenSource(HostStore.Patience);
        while ((await host.PostAsync(Ping)).Status != 200)
        {
            limit.Token.ThrowIfCancellationRequested(); // until the last of them is gone
        }
    }

    private static Action<HttpRequestMessage> With(string? token, string? session = null) => request =>
    {
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        if (session is not null)
        {
            request.Headers.Add("Mcp-Session-Id", session);
        }
    };

    /// <summary>Sends bytes and gives what comes until the server closes, or an answer is there.</summary>
    private static async Task<string> RawAsync(HttpHost host, byte[] request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(host.Address.Host, host.Address.Port, Token);
        await client.GetStream().WriteAsync(request, Token);
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        return await reader.ReadLineAsync(Token).AsTask().WaitAsync(HostStore.Patience, Token) ?? "";
    }

    /// <summary>A header that never ends, for as long as the server takes it; true when the server ended it.</summary>
    private static async Task<bool> DripAsync(HttpHost host)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(host.Address.Host, host.Address.Port, Token);
        var stream = client.GetStream();
        await stream.WriteAsync("POST /mcp HTTP/1.1\r\nHost: localhost\r\nX-Slow: "u8.ToArray(), Token);
        var answer = stream.ReadAsync(new byte[1024], Token).AsTask();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        try
        {
            while (!answer.IsCompleted && await timer.WaitForNextTickAsync(Token))
            {
                await stream.WriteAsync("x"u8.ToArray(), Token);
            }

            await answer; // an answer that says so, or the end
            return true;
        }
        catch (IOException)
        {
            return true; // cut off
        }
    }

    private AccessTokens Tokens() => new(_store.DataRoot, TimeProvider.System);

    private Task<McpToken> MakeAsync(string owner, McpScope scope) => Tokens().CreateAsync(owner, scope, null, null, Token);
}
