using System.Security.Claims;

namespace OpenCode.McpHost.Tools;

/// <summary>Who calls, where clients are known: over HTTP with a token.</summary>
/// <param name="Owner">Whose the token is.</param>
/// <param name="Scope">What it allows.</param>
internal sealed record Caller(string Owner, McpScope Scope)
{
    private const string ScopeClaim = "opencode:scope";

    /// <summary>The caller as the server's pipeline hands it on.</summary>
    public static ClaimsPrincipal Principal(McpToken token) => new(new ClaimsIdentity(
        [new Claim(ClaimTypes.NameIdentifier, token.Id), new Claim(ClaimTypes.Name, token.Owner), new Claim(ScopeClaim, token.Scope.ToString())],
        "Bearer"));

    /// <summary>The caller with a token of somebody else's making: one owner is one caller, whichever token is shown.</summary>
    public static ClaimsPrincipal Principal(string owner, McpScope scope) => new(new ClaimsIdentity(
        [new Claim(ClaimTypes.NameIdentifier, $"oauth:{owner}"), new Claim(ClaimTypes.Name, owner), new Claim(ScopeClaim, scope.ToString())],
        "Bearer"));

    /// <summary>The caller of a request; null where clients are not asked who they are.</summary>
    public static Caller? Of(ClaimsPrincipal? user) => user?.Identity is { IsAuthenticated: true, Name: { } owner } && Enum.TryParse<McpScope>(user.FindFirst(ScopeClaim)?.Value, out var scope)
        ? new Caller(owner, scope)
        : null;
}
