using System.Net;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace OpenCode.McpHost.Http.OAuth;

/// <summary>Reads what an issuer publishes: where its keys are (RFC 8414, or OpenID Connect Discovery), and the keys.</summary>
/// <param name="issuer">The issuer.</param>
internal sealed class IssuerDocuments(string issuer) : IDisposable
{
    /// <summary>No such document is larger.</summary>
    private const int MostBytes = 1024 * 1024;

    /// <summary>Shorter ones have been forged.</summary>
    private const int LeastRsaBits = 2048;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    // What is said of the issuer counts where the issuer says it: an answer that leads elsewhere is none.
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = Longest,
        MaxResponseContentBufferSize = MostBytes,
    };

    /// <summary>Reads the keys by which the issuer's tokens can be told.</summary>
    /// <exception cref="IssuerUnreachableException">It does not answer, or with what is not its own.</exception>
    public async Task<IReadOnlyList<SecurityKey>> KeysAsync(CancellationToken cancellationToken)
    {
        var where = await KeyAddressAsync(cancellationToken).ConfigureAwait(false);
        var (status, text) = await ReadAsync(where, cancellationToken).ConfigureAwait(false);
        if (status != HttpStatusCode.OK)
        {
            throw Failed($"'{where}' answers with status {(int)status}");
        }

        try
        {
            // Secrets that were published by mistake are nobody's proof.
            var keys = new JsonWebKeySet(text).GetSigningKeys().Where(static key => key is AsymmetricSecurityKey or JsonWebKey { Kty: JsonWebAlgorithmsKeyTypes.RSA or JsonWebAlgorithmsKeyTypes.EllipticCurve }).ToList();
            keys.RemoveAll(static key => key is RsaSecurityKey or X509SecurityKey && key.KeySize < LeastRsaBits);
            return keys.Count > 0 ? keys : throw Failed($"'{where}' has no key that signs (RSA from {LeastRsaBits} bits on, or elliptic curves)");
        }
        catch (Exception e) when (e is ArgumentException or JsonException or FormatException)
        {
            throw Failed($"'{where}' is no list of keys", e);
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<Uri> KeyAddressAsync(CancellationToken cancellationToken)
    {
        var refused = new List<string>();
        foreach (var where in Places())
        {
            var (status, text) = await ReadAsync(where, cancellationToken).ConfigureAwait(false);
            if (status == HttpStatusCode.OK)
            {
                return KeyAddress(where, text);
            }

            refused.Add($"'{where}' answers with status {(int)status}");
        }

        throw Failed(string.Join(", ", refused));
    }

    // In the order in which MCP's clients look.
    private IEnumerable<Uri> Places()
    {
        var address = new Uri(issuer);
        var root = address.GetLeftPart(UriPartial.Authority);
        var path = address.AbsolutePath.TrimEnd('/');
        return new[] { $"{root}/.well-known/oauth-authorization-server{path}", $"{root}/.well-known/openid-configuration{path}", $"{root}{path}/.well-known/openid-configuration" }
            .Distinct(StringComparer.Ordinal).Select(static place => new Uri(place));
    }

    private Uri KeyAddress(Uri where, string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var named = document.RootElement.GetProperty("issuer").GetString();
            if (named != issuer)
            {
                throw Failed($"'{where}' is of the issuer '{named}', which is not the same to the last character");
            }

            var keys = document.RootElement.GetProperty("jwks_uri").GetString();
            return Uri.TryCreate(keys, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback))
                ? address
                : throw Failed($"the keys' address in '{where}' is not one beginning with https://");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw Failed($"'{where}' is not the description of an issuer", e);
        }
    }

    private async Task<(HttpStatusCode Status, string Text)> ReadAsync(Uri where, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, where);
            request.Headers.Accept.ParseAdd("application/json");
            using var response = await _client.SendAsync(request, cancellationToken).ConfigureAwait(false);
            return (response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (Exception e) when (e is HttpRequestException or InvalidOperationException or IOException)
        {
            throw Failed($"'{where}' cannot be read: {e.Message}", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed($"'{where}' did not answer within {Longest.TotalSeconds:0} s", e);
        }
    }

    private IssuerUnreachableException Failed(string why, Exception? inner = null) =>
        new($"The keys of the issuer '{issuer}' (mcp.oauth.issuer) cannot be had: {why}.", inner);
}
