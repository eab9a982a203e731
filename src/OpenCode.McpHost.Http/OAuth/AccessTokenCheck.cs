using System.Security.Claims;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OpenCode.Common;

namespace OpenCode.McpHost.Http.OAuth;

/// <summary>Tells the issuer's tokens (JSON Web Tokens, RFC 7519 and 9068) from all others, and whose they are.</summary>
/// <param name="settings">What they have to say.</param>
/// <param name="keys">The issuer's keys.</param>
internal sealed class AccessTokenCheck(OAuthSettings settings, IssuerKeys keys)
{
    /// <summary>How far the issuer's clock may be from ours.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(60);

    // With a key that everybody has, a signature by a shared secret or by nothing proves nothing.
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    // RFC 9068 has the first; many issuers give access tokens the last, or none at all. What else there is (a logout's token, an event's) is for something else.
    private static readonly string[] Types = ["at+jwt", "application/at+jwt", "JWT"];

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = 32 * 1024 };

    /// <summary>True for what may be such a token, by its looks.</summary>
    public static bool IsOne(string token) => token.AsSpan().Count('.') == 2;

    /// <summary>Checks a token.</summary>
    /// <returns>Whose it is and what it allows, nothing of this server's when the scope is null; or why it does not count, with nothing of the token in it.</returns>
    /// <exception cref="IssuerUnreachableException">It cannot be told now.</exception>
    public async ValueTask<(string? Owner, McpScope? Scope, string? Problem)> CheckAsync(string text, CancellationToken cancellationToken)
    {
        JsonWebToken token;
        try
        {
            token = new JsonWebToken(text);
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenMalformedException or JsonException)
        {
            return Bad("It is not of the form of a token.");
        }

        // For what cannot count by what it says of itself nobody is asked.
        if (!Algorithms.Contains(token.Alg, StringComparer.Ordinal))
        {
            return Bad("It is not signed in a way that is taken (RS, PS or ES with SHA-256, 384 or 512).");
        }

        if (token.TryGetHeaderValue<object>("crit", out _))
        {
            return Bad("Its header asks for what this server does not know (crit).");
        }

        if (token.Issuer != settings.Issuer)
        {
            return Bad("It is of another issuer.");
        }

        var id = string.IsNullOrEmpty(token.Kid) ? null : token.Kid;
        var result = await _handler.ValidateTokenAsync(token, Rules(await keys.GetAsync(id, cancellationToken).ConfigureAwait(false), anyKey: id is null)).ConfigureAwait(false);
        return result.IsValid ? Read(token) : Bad(Problem(result.Exception));
    }

    private static (string?, McpScope?, string) Bad(string problem) => (null, null, problem);

    // The library's own sentences name claims with their values.
    private static string Problem(Exception exception) => exception switch
    {
        SecurityTokenExpiredException => "Its time is up.",
        SecurityTokenNotYetValidException => "It does not count yet.",
        SecurityTokenNoExpirationException => "It never ends (no exp).",
        SecurityTokenInvalidLifetimeException => "Its times are none.",
        SecurityTokenInvalidAudienceException => "It is meant for another audience.",
        SecurityTokenInvalidTypeException => "It is of another type.",
        SecurityTokenSignatureKeyNotFoundException => "Its issuer has no such key.",
        SecurityTokenInvalidSignatureException or SecurityTokenInvalidAlgorithmException => "Its signature is not its issuer's.",
        _ => "It cannot be told to be its issuer's.",
    };

    private TokenValidationParameters Rules(IReadOnlyList<SecurityKey> signing, bool anyKey) => new()
    {
        ValidIssuer = settings.Issuer,
        ValidAudiences = settings.Audiences,
        ValidAlgorithms = Algorithms,
        IssuerSigningKeys = signing,
        TryAllIssuerSigningKeys = anyKey,
        ClockSkew = Skew,
        RequireExpirationTime = true,
        RequireSignedTokens = true,
        TypeValidator = static (type, _, _) => string.IsNullOrEmpty(type) || Types.Contains(type, StringComparer.OrdinalIgnoreCase) ? type : throw new SecurityTokenInvalidTypeException(),
    };

    private (string? Owner, McpScope? Scope, string? Problem) Read(JsonWebToken token)
    {
        try
        {
            return token.TryGetPayloadValue<object>(settings.OwnerClaim, out var value) && value is string owner
                ? (Input.Agent(owner, "owner"), ScopeOf(token), null)
                : Bad($"It does not say whose it is (the claim '{settings.OwnerClaim}', mcp.oauth.ownerClaim).");
        }
        catch (OpenCodeException)
        {
            return Bad($"What it says of whose it is cannot be an owner's name: at most 128 characters in one line (the claim '{settings.OwnerClaim}', mcp.oauth.ownerClaim).");
        }
    }

    // "scope" is RFC 9068's, a text with blanks; "scp" is what other issuers have, a text or a list.
    private McpScope? ScopeOf(JsonWebToken token)
    {
        var given = token.Claims.Where(static claim => claim.Type is "scope" or "scp").SelectMany(static (Claim claim) => claim.Value.Split(' ')).ToHashSet(StringComparer.Ordinal);
        return Enum.GetValues<McpScope>().Where(scope => given.Contains(settings.Word(scope))).Select(static scope => (McpScope?)scope).Max();
    }
}
