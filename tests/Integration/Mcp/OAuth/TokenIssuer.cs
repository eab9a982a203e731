using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace OpenCode.Tests.Integration.Mcp.OAuth;

/// <summary>An issuer of tokens on this machine, which can be away, change its keys, and say what is not so.</summary>
internal sealed class TokenIssuer : IDisposable
{
    private const string Audience = "https://tasks.example/mcp";

    private HttpListener? _listener;
    private int _asked;

    public TokenIssuer(string metadataPath = "/.well-known/openid-configuration")
    {
        MetadataPath = metadataPath;
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        Address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}";
        Name = Address;
    }

    /// <summary>Where it answers.</summary>
    public string Address { get; }

    /// <summary>Where its description is.</summary>
    public string MetadataPath { get; }

    /// <summary>What it calls itself in its description.</summary>
    public string Name { get; set; }

    /// <summary>The keys it publishes.</summary>
    public List<SigningKey> Keys { get; } = [];

    /// <summary>Anything else in its list of keys.</summary>
    public JsonArray Further { get; } = [];

    /// <summary>How often its keys were read.</summary>
    public int Asked => Volatile.Read(ref _asked);

    /// <summary>What a host is to be started with, for tokens of this issuer.</summary>
    public void PutInto(HostStore store)
    {
        store.Variables["OPENCODE_MCP_OAUTH_ISSUER"] = Address;
        store.Variables["OPENCODE_MCP_OAUTH_AUDIENCE"] = Audience;
        store.Variables["OPENCODE_MCP_OAUTH_RESOURCE"] = null;
    }

    public TokenIssuer Start()
    {
        _listener = new HttpListener { Prefixes = { Address + "/" } };
        _listener.Start();
        _ = AnswerAsync(_listener);
        return this;
    }

    public void Stop()
    {
        _listener?.Close();
        _listener = null;
    }

    /// <summary>The claims of a good token.</summary>
    public JsonObject Claims(string? scope = "read write", string owner = "ada")
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var claims = new JsonObject { ["iss"] = Address, ["aud"] = Audience, ["sub"] = owner, ["iat"] = now, ["exp"] = now + 600, ["client_id"] = "agent", ["jti"] = Guid.NewGuid().ToString() };
        if (scope is not null)
        {
            claims["scope"] = scope;
        }

        return claims;
    }

    /// <summary>A token, by the first key.</summary>
    public string Token(string? scope = "read write", string owner = "ada") => Keys[0].Sign(Claims(scope, owner));

    public void Dispose()
    {
        Stop();
        Keys.ForEach(key => key.Dispose());
    }

    private async Task AnswerAsync(HttpListener listener)
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return; // it was stopped
            }

            JsonObject? json = null;
            if (context.Request.Url!.AbsolutePath == MetadataPath)
            {
                json = new JsonObject { ["issuer"] = Name, ["jwks_uri"] = Address + "/keys" };
            }
            else if (context.Request.Url.AbsolutePath == "/keys")
            {
                Interlocked.Increment(ref _asked);
                json = new JsonObject { ["keys"] = new JsonArray([.. Keys.Select(key => (JsonNode)key.Public()), .. Further.Select(key => key!.DeepClone())]) };
            }

            context.Response.StatusCode = json is null ? 404 : 200;
            context.Response.ContentType = "application/json";
            context.Response.Close(Encoding.UTF8.GetBytes(json?.ToJsonString() ?? ""), willBlock: false);
        }
    }
}
