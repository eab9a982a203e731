using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OpenCode.McpHost.Tools;

namespace OpenCode.McpHost.Http.OAuth;

/// <summary>This server as a protected resource of OAuth: it says who gives out tokens for it (RFC 9728), and lets in who shows one. The library that knows tokens is loaded with the first of these.</summary>
internal sealed class OAuthDoor : IDisposable
{
    /// <summary>Where a client finds what a server asks for.</summary>
    public const string WellKnown = "/.well-known/oauth-protected-resource";

    private const string Older = "/mcp/legacy";

    private readonly OAuthSettings _settings;
    private readonly IssuerDocuments _documents;
    private readonly IssuerKeys _keys;
    private readonly AccessTokenCheck _check;

    public OAuthDoor(OAuthSettings settings, ILogger log)
    {
        _settings = settings;
        _documents = new IssuerDocuments(settings.Issuer);
        _keys = new IssuerKeys(_documents.KeysAsync, TimeProvider.System, log);
        _check = new AccessTokenCheck(settings, _keys);
    }

    /// <summary>Lets in who shows a token of the issuer.</summary>
    /// <returns>Why not; null when the caller is in <see cref="HttpContext.User"/>.</returns>
    public async ValueTask<Refusal?> AdmitAsync(HttpContext context, string token)
    {
        try
        {
            var (owner, scope, problem) = await _check.CheckAsync(token, context.RequestAborted).ConfigureAwait(false);
            if (problem is not null)
            {
                return Refusal.WrongToken(problem) with { Challenge = Challenge(context, "invalid_token", McpScope.Write) };
            }

            if (scope is not { } allowed)
            {
                return Refusal.Scope($"'{_settings.Word(McpScope.Read)}', '{_settings.Word(McpScope.Write)}' or '{_settings.Word(McpScope.Admin)}'") with { Challenge = Challenge(context, "insufficient_scope", McpScope.Read) };
            }

            context.User = Caller.Principal(owner!, allowed);
            return CheckTool(context, allowed);
        }
        catch (IssuerUnreachableException)
        {
            return Refusal.NoIssuer(IssuerKeys.Rest); // the log has said why
        }
    }

    /// <summary>What to answer who shows nothing.</summary>
    public Refusal NoToken(HttpContext context) => Refusal.NoToken(_settings.Issuer) with { Challenge = Challenge(context, null, McpScope.Write) };

    /// <summary>What to answer who shows a token that is neither this store's nor the issuer's.</summary>
    public Refusal WrongToken(HttpContext context) => Refusal.WrongToken() with { Challenge = Challenge(context, "invalid_token", McpScope.Write) };

    /// <summary>Reads the issuer's keys while nobody waits for them.</summary>
    public async Task PrepareAsync()
    {
        try
        {
            await _keys.GetAsync(null, CancellationToken.None).ConfigureAwait(false);
        }
        catch (IssuerUnreachableException)
        {
            // The log says so, and each request is told until it is over.
        }
        catch (OperationCanceledException)
        {
            // The server ends.
        }
    }

    public void Map(WebApplication app) => app.MapGet(WellKnown + "/{**path}", context =>
    {
        var path = context.Request.Path.Value![WellKnown.Length..].TrimEnd('/');
        var older = path == Older || path == PathOf(context, older: true);
        if (!older && path is not ("" or "/mcp") && path != PathOf(context, older: false))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        var json = new JsonObject
        {
            ["resource"] = Address(context, older),
            ["authorization_servers"] = new JsonArray(_settings.Issuer),
            ["scopes_supported"] = new JsonArray([.. Enum.GetValues<McpScope>().Select(scope => (JsonNode)_settings.Word(scope))]),
            ["bearer_methods_supported"] = new JsonArray("header"),
            ["resource_name"] = "OpenCode for PowerShell",
        };
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-cache";
        return context.Response.WriteAsync(json.ToJsonString(), context.RequestAborted);
    });

    public void Dispose()
    {
        _keys.Dispose();
        _documents.Dispose();
    }

    // Clients of revision 2026-07-28, and some before it, name the tool in a header: one that can get a token of more is told by the status which. Others are told by the tool's answer.
    private Refusal? CheckTool(HttpContext context, McpScope allowed)
    {
        var headers = context.Request.Headers;
        return headers["Mcp-Method"] == "tools/call" && ToolSets.ScopeOf(headers["Mcp-Name"].ToString()) is { } needed && needed > allowed
            ? Refusal.Scope($"'{_settings.Word(needed)}'") with { Challenge = Challenge(context, "insufficient_scope", needed) }
            : null;
    }

    private string Challenge(HttpContext context, string? error, McpScope scope)
    {
        var older = context.Request.Path.StartsWithSegments(Older, StringComparison.Ordinal);
        var address = new Uri(Address(context, older));
        var metadata = $"{address.GetLeftPart(UriPartial.Authority)}{WellKnown}{address.AbsolutePath.TrimEnd('/')}";
        return $"Bearer realm=\"opencode-tasks\"{(error is null ? "" : $", error=\"{error}\"")}, resource_metadata=\"{metadata}\", scope=\"{ScopesTo(scope)}\"";
    }

    // Each with those before it, as issuers expect them: to them scopes are no steps.
    private string ScopesTo(McpScope scope) => string.Join(' ', Enum.GetValues<McpScope>().Where(one => one <= scope).Select(_settings.Word));

    private string Address(HttpContext context, bool older) => _settings.Address(older, $"{context.Request.Scheme}://{context.Request.Host.Value}");

    private string PathOf(HttpContext context, bool older) => new Uri(Address(context, older)).AbsolutePath.TrimEnd('/');
}
