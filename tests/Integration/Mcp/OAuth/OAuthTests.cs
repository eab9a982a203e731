using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using OpenCode.Configuration;

namespace OpenCode.Tests.Integration.Mcp.OAuth;

/// <summary>The host as a protected resource: whose tokens let in, whose do not, and what a client is told to get one.</summary>
public sealed class OAuthTests : IDisposable
{
    private const string Ping = """{"jsonrpc":"2.0","id":1,"method":"ping"}""";

    private readonly HostStore _store = new() { Tools = "all" };
    private readonly TokenIssuer _issuer = new();

    public OAuthTests()
    {
        _issuer.Keys.Add(SigningKey.Rsa("one"));
        _issuer.PutInto(_store);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _issuer.Dispose();
        _store.Dispose();
    }

    [Fact]
    public async Task Client_without_a_token_is_told_where_to_get_one()
    {
        _issuer.Start();
        _store.Variables["OPENCODE_MCP_OAUTH_AUDIENCE"] = "opencode";
        await using var host = await HttpHost.StartAsync(_store);
        var root = host.Address.ToString().TrimEnd('/');

        foreach (var path in new[] { "/mcp", "/mcp/legacy" })
        {
            var (status, body, headers) = await host.PostAsync(Ping, path: path);
            Assert.Equal(401, status);
            Assert.Contains(_issuer.Address, body!["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
            var challenge = headers.WwwAuthenticate.Single();
            Assert.Equal("Bearer", challenge.Scheme);
            var where = $"{root}/.well-known/oauth-protected-resource{path}";
            Assert.Contains($"resource_metadata=\"{where}\"", challenge.Parameter, StringComparison.Ordinal);
            Assert.Contains("scope=\"read write\"", challenge.Parameter, StringComparison.Ordinal);
            Assert.DoesNotContain("error=", challenge.Parameter, StringComparison.Ordinal);

            // RFC 9728: the resource is the address whose description was asked for.
            var (found, metadata) = await host.GetAsync(new Uri(where).AbsolutePath);
            Assert.Equal((200, root + path), (found, metadata["resource"]!.GetValue<string>()));
            Assert.Equal([_issuer.Address], metadata["authorization_servers"]!.AsArray().Select(server => server!.GetValue<string>()));
            Assert.Equal(["read", "write", "admin"], metadata["scopes_supported"]!.AsArray().Select(scope => scope!.GetValue<string>()));
            Assert.Equal(["header"], metadata["bearer_methods_supported"]!.AsArray().Select(method => method!.GetValue<string>()));
        }

        Assert.Equal(root + "/mcp", (await host.GetAsync("/.well-known/oauth-protected-resource")).Body["resource"]!.GetValue<string>());
        using var client = new HttpClient();
        Assert.Equal(404, (int)(await client.GetAsync(new Uri(host.Address, "/.well-known/oauth-protected-resource/other"), Token)).StatusCode);
        Assert.Equal(401, (int)(await client.GetAsync(new Uri(host.Address, "/other"), Token)).StatusCode);
    }

    [Fact]
    public async Task Server_behind_another_names_the_address_that_its_clients_know()
    {
        _issuer.Start();
        await using var host = await HttpHost.StartAsync(_store);

        var (status, _, headers) = await host.PostAsync(Ping, request => request.Headers.Host = "tasks.example", "/mcp/legacy");
        Assert.Equal(401, status);
        Assert.Contains("resource_metadata=\"https://tasks.example/.well-known/oauth-protected-resource/mcp/legacy\"", headers.WwwAuthenticate.Single().Parameter, StringComparison.Ordinal);
        Assert.Equal("https://tasks.example/mcp/legacy", (await host.GetAsync("/.well-known/oauth-protected-resource/mcp/legacy")).Body["resource"]!.GetValue<string>());
        Assert.Equal(403, (await host.PostAsync(Ping, request => request.Headers.Host = "tasks.example.evil.example")).Status);

        // An issuer that knows the two addresses as two audiences.
        var claims = _issuer.Claims();
        claims["aud"] = new JsonArray("https://other.example", "https://tasks.example/mcp/legacy");
        Assert.Equal(200, await StatusAsync(host, _issuer.Keys[0].Sign(claims)));
    }

    [Fact]
    public async Task Token_of_the_issuer_lets_in_with_its_owner_and_its_scope()
    {
        _issuer.Start();
        _issuer.Keys.Add(SigningKey.Curve("two"));
        await using var host = await HttpHost.StartAsync(_store);
        await using var reader = await host.ConnectAsync("/mcp", null, _issuer.Token("openid read", "grace"));
        await using var writer = await host.ConnectAsync("/mcp/legacy", "2025-11-25", _issuer.Keys[1].Sign(_issuer.Claims("write"), header => header["typ"] = "JWT"));
        await using var admin = await host.ConnectAsync("/mcp", null, _issuer.Token("read write admin"));

        Assert.All(await reader.Client.ListToolsAsync(cancellationToken: Token), tool => Assert.True(tool.ProtocolTool.Annotations!.ReadOnlyHint));
        var written = (await writer.Client.ListToolsAsync(cancellationToken: Token)).Select(tool => tool.Name).ToList();
        Assert.Contains("create_task_sandbox", written);
        Assert.DoesNotContain("delete_task", written);
        Assert.Contains("delete_task", (await admin.Client.ListToolsAsync(cancellationToken: Token)).Select(tool => tool.Name));

        await writer.OkAsync("create_task_sandbox", new { name = "n", taskId = "T" });
        Assert.Equal("ada", (await reader.OkAsync("get_task_status", new { taskId = "T" }))["task"]!["owner"]!.GetValue<string>());
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => writer.CallAsync("delete_task", new { taskId = "T" }));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        await admin.OkAsync("delete_task", new { taskId = "T" });
    }

    [Fact]
    public async Task Tool_beyond_the_tokens_scope_is_refused_by_the_status_where_the_request_names_it()
    {
        _issuer.Start();
        await using var host = await HttpHost.StartAsync(_store);
        var call = """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_task","arguments":{"taskId":"T"}}}""";

        // One that says nothing in its headers is told by the tool.
        var answered = await host.PostAsync(call, With(_issuer.Token("read write"), ("MCP-Protocol-Version", "2025-11-25")));
        Assert.Contains("AccessDenied", answered.Body!.ToJsonString(), StringComparison.Ordinal);

        var (status, body, headers) = await host.PostAsync(call, With(_issuer.Token("read write"), ("Mcp-Method", "tools/call"), ("Mcp-Name", "delete_task")));

        Assert.Equal((403, -32000), (status, body!["error"]!["code"]!.GetValue<int>()));
        var challenge = headers.WwwAuthenticate.Single().Parameter;
        Assert.Contains("error=\"insufficient_scope\"", challenge, StringComparison.Ordinal);
        Assert.Contains("scope=\"read write admin\"", challenge, StringComparison.Ordinal);
        Assert.Contains("resource_metadata=", challenge, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_without_a_scope_of_this_server_is_told_which_it_needs()
    {
        _issuer.Start();
        await File.WriteAllTextAsync(Path.Combine(_store.WorkingDirectory, "named.json"), """{ "mcp": { "oauth": { "scopePrefix": "tasks:", "ownerClaim": "client_id" } } }""", Token);
        await using var host = await HttpHost.StartAsync(_store, "--config", Path.Combine(_store.WorkingDirectory, "named.json"));

        foreach (var scope in new[] { null, "", "openid profile", "read write admin", "tasks:reader", "TASKS:READ" })
        {
            var (status, _, headers) = await host.PostAsync(Ping, With(_issuer.Token(scope)));
            Assert.Equal(403, status);
            Assert.Contains("error=\"insufficient_scope\"", headers.WwwAuthenticate.Single().Parameter, StringComparison.Ordinal);
            Assert.Contains("scope=\"tasks:read\"", headers.WwwAuthenticate.Single().Parameter, StringComparison.Ordinal);
        }

        var claims = _issuer.Claims(null);
        claims["scp"] = new JsonArray("tasks:read", "tasks:write"); // as other issuers have it
        await using var client = await host.ConnectAsync("/mcp", null, _issuer.Keys[0].Sign(claims));
        var id = (await client.OkAsync("create_task_sandbox", new { name = "n" }))["taskId"]!.GetValue<string>();
        Assert.Equal("agent", (await client.OkAsync("get_task_status", new { taskId = id }))["task"]!["owner"]!.GetValue<string>());
    }

    [Fact]
    public async Task Nothing_but_a_good_token_of_the_issuer_for_this_server_lets_in()
    {
        _issuer.Start();
        var own = _issuer.Keys[0];
        using var strange = SigningKey.Rsa("one");
        using var unknown = SigningKey.Rsa("unknown");
        await using var host = await HttpHost.StartAsync(_store, "--verbose");
        var good = _issuer.Token();
        Assert.Equal(200, await StatusAsync(host, good));
        var parts = good.Split('.');
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

        var bad = new Dictionary<string, string>
        {
            ["another's signature"] = strange.Sign(_issuer.Claims()),
            ["another's signature, without a key's name"] = strange.Sign(_issuer.Claims(), header => header.Remove("kid")),
            ["a key that the header brings along"] = strange.Sign(_issuer.Claims(), header => header["jwk"] = strange.Public()),
            ["a key where the header says"] = unknown.Sign(_issuer.Claims(), header => header["jku"] = "http://127.0.0.1:1/keys"),
            ["another's claims under its signature"] = $"{parts[0]}.{SigningKey.Encode(_issuer.Claims("admin"))}.{parts[2]}",
            ["no signature"] = $"{parts[0]}.{parts[1]}.",
            ["alg none"] = $"{SigningKey.Encode(new JsonObject { ["alg"] = "none", ["typ"] = "at+jwt" })}.{parts[1]}.",
            ["alg None, with the signature"] = $"{SigningKey.Encode(new JsonObject { ["alg"] = "None", ["kid"] = "one" })}.{parts[1]}.{parts[2]}",
            ["the public key as a secret"] = Hmac(own.PublicPem),
            ["the modulus as a secret"] = Hmac(Encoding.ASCII.GetBytes(own.Public()["n"]!.GetValue<string>())),
            ["its time is up"] = own.Sign(Changed("exp", now - 120)),
            ["it never ends"] = own.Sign(Changed("exp", null)),
            ["it does not count yet"] = own.Sign(Changed("nbf", now + 300)),
            ["another audience"] = own.Sign(Changed("aud", "https://other.example/mcp")),
            ["no audience"] = own.Sign(Changed("aud", null)),
            ["an audience in other letters"] = own.Sign(Changed("aud", "https://tasks.example/MCP")),
            ["another issuer"] = own.Sign(Changed("iss", "https://other.example")),
            ["the issuer with a slash"] = own.Sign(Changed("iss", _issuer.Address + "/")),
            ["no issuer"] = own.Sign(Changed("iss", null)),
            ["nobody's"] = own.Sign(Changed("sub", null)),
            ["an owner of two lines"] = own.Sign(Changed("sub", "ada\nadmin")),
            ["an owner that is no text"] = own.Sign(Changed("sub", new JsonObject { ["name"] = "ada" })),
            ["of another type"] = own.Sign(_issuer.Claims(), header => header["typ"] = "logout+jwt"),
            ["with a header that must be known"] = own.Sign(_issuer.Claims(), header => (header["crit"], header["x"]) = (new JsonArray("x"), 1)),
            ["no token"] = "a.b.c",
            ["empty parts"] = "..",
            ["not of ours either"] = "oct_x",
            ["encrypted"] = "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a.b.c.d",
        };
        foreach (var (what, token) in bad)
        {
            var (status, body, headers) = await host.PostAsync(Ping, With(token));
            Assert.True(status == 401, $"{what}: {status}");
            Assert.Contains("error=\"invalid_token\"", headers.WwwAuthenticate.Single().Parameter, StringComparison.Ordinal);
            Assert.Contains("resource_metadata=", headers.WwwAuthenticate.Single().Parameter, StringComparison.Ordinal);
            Assert.DoesNotContain("ada", body!.ToJsonString(), StringComparison.Ordinal);
        }

        Assert.Equal(200, await StatusAsync(host, good));
        Assert.Equal(200, await StatusAsync(host, own.Sign(Changed("exp", now - 20)))); // clocks differ
        foreach (var token in bad.Values.Append(good).Where(token => token.Length > 20))
        {
            Assert.DoesNotContain(token, host.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain(token[..20], host.Errors, StringComparison.Ordinal);
        }

        JsonObject Changed(string claim, JsonNode? value)
        {
            var claims = _issuer.Claims();
            if (value is null)
            {
                claims.Remove(claim);
            }
            else
            {
                claims[claim] = value;
            }

            return claims;
        }

        string Hmac(byte[] secret)
        {
            var text = $"{SigningKey.Encode(new JsonObject { ["alg"] = "HS256", ["typ"] = "at+jwt", ["kid"] = "one" })}.{parts[1]}";
            return $"{text}.{SigningKey.Encode(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(text)))}";
        }
    }

    [Fact]
    public async Task Secret_or_short_key_that_an_issuer_publishes_lets_nobody_in()
    {
        var secret = RandomNumberGenerator.GetBytes(32);
        using var shorter = SigningKey.Rsa("short", 1024);
        _issuer.Further.Add((JsonNode)new JsonObject { ["kty"] = "oct", ["kid"] = "secret", ["alg"] = "HS256", ["k"] = SigningKey.Encode(secret) });
        _issuer.Further.Add((JsonNode)shorter.Public());
        _issuer.Start();
        await using var host = await HttpHost.StartAsync(_store);
        var text = $"{SigningKey.Encode(new JsonObject { ["alg"] = "HS256", ["kid"] = "secret" })}.{SigningKey.Encode(_issuer.Claims())}";

        Assert.Equal(401, await StatusAsync(host, $"{text}.{SigningKey.Encode(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(text)))}"));
        Assert.Equal(401, await StatusAsync(host, shorter.Sign(_issuer.Claims())));
        Assert.Equal(200, await StatusAsync(host, _issuer.Token()));
    }

    [Fact]
    public async Task New_key_counts_at_once_and_strangers_cannot_have_the_issuer_asked_all_the_time()
    {
        _issuer.Start();
        await using var host = await HttpHost.StartAsync(_store);
        Assert.Equal(200, await StatusAsync(host, _issuer.Token()));

        _issuer.Keys.Insert(0, SigningKey.Curve("next"));
        await EventuallyAsync(async () => await StatusAsync(host, _issuer.Token()) == 200);
        Assert.Equal(200, await StatusAsync(host, _issuer.Keys[1].Sign(_issuer.Claims()))); // the old one is still published

        var asked = _issuer.Asked;
        using var unknown = SigningKey.Rsa("unknown");
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(401, await StatusAsync(host, unknown.Sign(_issuer.Claims())));
        }

        Assert.InRange(_issuer.Asked - asked, 0, 10); // once in five seconds, however slow this machine is
    }

    [Fact]
    public async Task Issuer_that_does_not_answer_lets_nobody_in_until_it_does()
    {
        var ours = await new AccessTokens(_store.DataRoot, TimeProvider.System).CreateAsync("ada", McpScope.Read, null, null, Token);
        await using var host = await HttpHost.StartAsync(_store);

        var (status, body, headers) = await host.PostAsync(Ping, With(_issuer.Token()));
        Assert.Equal((503, -32000), (status, body!["error"]!["code"]!.GetValue<int>()));
        Assert.NotNull(headers.RetryAfter);
        Assert.Contains(_issuer.Address, host.Errors, StringComparison.Ordinal);
        Assert.Equal(401, (await host.PostAsync(Ping)).Status);
        Assert.Equal(200, await StatusAsync(host, ours.Token!)); // our own do not depend on it

        // It comes, but is somebody else's.
        _issuer.Name = "https://other.example";
        _issuer.Start();
        await EventuallyAsync(() => Task.FromResult(host.Errors.Contains("https://other.example", StringComparison.Ordinal)), async () => Assert.Equal(503, await StatusAsync(host, _issuer.Token())));

        _issuer.Name = _issuer.Address;
        await EventuallyAsync(async () => await StatusAsync(host, _issuer.Token()) == 200);

        // What was read before counts on while it is away; what is new cannot be told.
        _issuer.Stop();
        Assert.Equal(200, await StatusAsync(host, _issuer.Token()));
        using var next = SigningKey.Rsa("next");
        await EventuallyAsync(async () => await StatusAsync(host, next.Sign(_issuer.Claims())) == 503);
        Assert.Equal(200, await StatusAsync(host, _issuer.Token()));
    }

    [Theory]
    [InlineData("/.well-known/oauth-authorization-server/tenant", "/tenant")]
    [InlineData("/.well-known/openid-configuration/tenant", "/tenant")]
    [InlineData("/tenant/.well-known/openid-configuration", "/tenant")]
    [InlineData("/tenant/.well-known/openid-configuration", "/tenant/")]
    public async Task Issuers_description_is_found_wherever_its_kind_puts_it(string where, string path)
    {
        using var issuer = new TokenIssuer(where);
        issuer.Keys.Add(SigningKey.Curve("one"));
        issuer.PutInto(_store);
        issuer.Name = issuer.Address + path;
        _store.Variables["OPENCODE_MCP_OAUTH_ISSUER"] = issuer.Name;
        issuer.Start();
        await using var host = await HttpHost.StartAsync(_store);
        var claims = issuer.Claims();
        claims["iss"] = issuer.Name;

        Assert.Equal(200, await StatusAsync(host, issuer.Keys[0].Sign(claims)));
    }

    [Fact]
    public async Task Session_is_its_owners_and_goes_on_with_the_owners_next_token()
    {
        _issuer.Start();
        await using var host = await HttpHost.StartAsync(_store);
        var (status, _, headers) = await host.PostAsync("""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}""", With(_issuer.Token()), "/mcp/legacy");
        Assert.Equal(200, status);
        var session = ("Mcp-Session-Id", headers.GetValues("Mcp-Session-Id").Single());

        Assert.Equal(200, (await host.PostAsync(Ping, With(_issuer.Token(), session), "/mcp/legacy")).Status);
        Assert.Equal(403, (await host.PostAsync(Ping, With(_issuer.Token(owner: "mallory"), session), "/mcp/legacy")).Status);
        Assert.Equal(401, (await host.PostAsync(Ping, request => request.Headers.Add(session.Item1, session.Item2), "/mcp/legacy")).Status);
    }

    [Fact]
    public async Task Address_that_others_can_reach_is_listened_on_with_an_issuer()
    {
        _issuer.Start();
        await using var host = await HttpHost.StartAsync(_store, "--host", "0.0.0.0");

        Assert.Equal(401, (await host.PostAsync(Ping, request => request.Headers.Host = $"127.0.0.1:{host.Address.Port}")).Status);
        Assert.Equal(200, await StatusAsync(host, _issuer.Token()));
    }

    [Theory]
    [InlineData("OPENCODE_MCP_OAUTH_AUDIENCE", null, "mcp.oauth.audience")]
    [InlineData("OPENCODE_MCP_OAUTH_ISSUER", null, "mcp.oauth.issuer")]
    [InlineData("OPENCODE_MCP_OAUTH_ISSUER", "http://issuer.example", "https://")]
    [InlineData("OPENCODE_MCP_OAUTH_ISSUER", "https://issuer.example?x", "https://")]
    [InlineData("OPENCODE_MCP_OAUTH_ISSUER", "issuer.example", "https://")]
    [InlineData("OPENCODE_MCP_OAUTH_AUDIENCE", "a b", "mcp.oauth.audience")]
    public async Task Host_with_half_of_an_issuer_or_an_unsafe_one_does_not_start(string variable, string? value, string said)
    {
        _store.Variables[variable] = value;

        var (exitCode, errors) = await HttpHost.RefusedAsync(_store);

        Assert.Equal(2, exitCode);
        Assert.Contains("InvalidArgument", errors, StringComparison.Ordinal);
        Assert.Contains(said, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_names_no_issuer_does_not_wait_for_what_checks_tokens()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "What a process has loaded is looked up in /proc.");
        _issuer.Start();
        await using var with = await HttpHost.StartAsync(_store);
        Assert.Equal(200, await StatusAsync(with, _issuer.Token()));
        Assert.Contains("Microsoft.IdentityModel", await File.ReadAllTextAsync($"/proc/{with.ProcessId}/maps", Token), StringComparison.Ordinal);

        _store.Variables["OPENCODE_MCP_OAUTH_ISSUER"] = _store.Variables["OPENCODE_MCP_OAUTH_AUDIENCE"] = null;
        await using var without = await HttpHost.StartAsync(_store);
        Assert.Equal(200, (await without.PostAsync(Ping)).Status);
        Assert.DoesNotContain("Microsoft.IdentityModel", await File.ReadAllTextAsync($"/proc/{without.ProcessId}/maps", Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Strangers_file_in_the_current_folder_names_no_issuer()
    {
        _issuer.Start();
        foreach (var name in new[] { "ISSUER", "AUDIENCE" })
        {
            _store.Variables[$"OPENCODE_MCP_OAUTH_{name}"] = null;
        }

        await File.WriteAllTextAsync(Path.Combine(_store.WorkingDirectory, "opencode-tasks.json"), $$"""{ "mcp": { "oauth": { "issuer": "{{_issuer.Address}}", "audience": "https://tasks.example/mcp" } } }""", Token);
        await new AccessTokens(_store.DataRoot, TimeProvider.System).CreateAsync("ada", McpScope.Read, null, null, Token);
        await using var host = await HttpHost.StartAsync(_store);

        Assert.Equal(401, await StatusAsync(host, _issuer.Token()));
        Assert.Equal(0, _issuer.Asked);
        Assert.Contains("mcp.oauth.issuer", host.Errors, StringComparison.Ordinal);
    }

    private static Action<HttpRequestMessage> With(string token, params (string Name, string Value)[] headers) => request =>
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }
    };

    private static async Task<int> StatusAsync(HttpHost host, string token) => (await host.PostAsync(Ping, With(token))).Status;

    /// <summary>Tries until it is so; what the host rests between two readings of keys is what this takes.</summary>
    private static async Task EventuallyAsync(Func<Task<bool>> condition, Func<Task>? meanwhile = null)
    {
        using var limit = new CancellationTokenSource(HostStore.Patience);
        while (!await condition())
        {
            await (meanwhile?.Invoke() ?? Task.CompletedTask);
            limit.Token.ThrowIfCancellationRequested();
            await Task.Delay(TimeSpan.FromMilliseconds(100), limit.Token);
        }
    }
}
