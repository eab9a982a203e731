using OpenCode.Configuration;

namespace OpenCode.McpHost.Http.OAuth;

/// <summary>Whose tokens are taken besides this store's own, and what they have to say.</summary>
/// <param name="Issuer">Who gives them out, exactly as they name it.</param>
/// <param name="Audience">What they have to be meant for.</param>
/// <param name="Resource">The address of <c>/mcp</c> as clients know it; null leaves it to what a request names.</param>
/// <param name="OwnerClaim">The claim that says whose they are.</param>
/// <param name="ScopePrefix">What stands before read, write and admin in their scopes.</param>
internal sealed record OAuthSettings(string Issuer, string Audience, Uri? Resource, string OwnerClaim, string ScopePrefix)
{
    private const string Door = "/mcp";
    private const string Older = "/legacy";

    /// <summary>The audiences that count. An issuer that takes the address a client asks for as the audience has two for this server.</summary>
    public IReadOnlyList<string> Audiences { get; } = Audience == Resource?.OriginalString && Audience.EndsWith(Door, StringComparison.Ordinal) ? [Audience, Audience + Older] : [Audience];

    /// <summary>What the configuration has; null when it names no issuer.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: one of issuer and audience is missing.</exception>
    public static OAuthSettings? Of(OpenCodeConfiguration configuration)
    {
        var (issuer, audience) = (configuration.McpOAuthIssuer, configuration.McpOAuthAudience);
        if (issuer is null && audience is null)
        {
            return null;
        }

        if (issuer is null || audience is null)
        {
            var missing = issuer is null ? "mcp.oauth.issuer" : "mcp.oauth.audience";
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"'{missing}' is not set. Tokens are taken of an issuer for an audience: set both, or neither.", missing);
        }

        // An audience that is no address of this server, as many issuers have, says nothing about where clients find it.
        var resource = configuration.McpOAuthResource ?? (audience.EndsWith(Door, StringComparison.Ordinal) && Uri.TryCreate(audience, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? audience : null);
        return new OAuthSettings(issuer, audience, resource is null ? null : new Uri(resource), configuration.McpOAuthOwnerClaim, configuration.McpOAuthScopePrefix);
    }

    /// <summary>A scope as the issuer calls it.</summary>
    public string Word(McpScope scope) => ScopePrefix + scope.ToString().ToLowerInvariant();

    /// <summary>The address of a door, as clients know it.</summary>
    /// <param name="older">True for the one with sessions.</param>
    /// <param name="asked">The server's address as a request names it, without a path.</param>
    public string Address(bool older, string asked)
    {
        var newer = Resource?.OriginalString ?? asked + Door;
        return older && newer.EndsWith(Door, StringComparison.Ordinal) ? newer + Older : newer;
    }
}
