using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text.Json;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using OpenCode.Configuration;
using OpenCode.McpHost.Http.OAuth;
using OpenCode.McpHost.Stdio;
using OpenCode.McpHost.Tools;

namespace OpenCode.McpHost.Http;

/// <summary>What a request has to pass before anything of it is read: the limits, the host it names, the page it comes from, and who sends it.</summary>
/// <param name="binding">Where the server listens.</param>
/// <param name="tokens">Whom it knows.</param>
/// <param name="issued">Knows tokens of an issuer; null where none is configured.</param>
/// <param name="configuration">The limits.</param>
internal sealed class Admission(Binding binding, AccessTokens tokens, OAuthDoor? issued, OpenCodeConfiguration configuration) : IAsyncDisposable
{
    // A door that was shut once does not open again while the host runs, whatever becomes of the list.
    private volatile bool _asks = !binding.IsLoopback || issued is not null;

    private readonly PartitionedRateLimiter<string> _rates = PartitionedRateLimiter.Create<string, string>(client => RateLimitPartition.GetTokenBucketLimiter(client, _ => new TokenBucketRateLimiterOptions
    {
        TokenLimit = configuration.McpRequestsPerSecond,
        TokensPerPeriod = Math.Max(1, configuration.McpRequestsPerSecond / 10),
        ReplenishmentPeriod = TimeSpan.FromMilliseconds(configuration.McpRequestsPerSecond >= 10 ? 100 : 1000.0 / configuration.McpRequestsPerSecond),
        AutoReplenishment = true,
        QueueLimit = 0,
    }));

    public async Task PassAsync(HttpContext context, RequestDelegate next)
    {
        if (await CheckAsync(context).ConfigureAwait(false) is { } refusal)
        {
            if (refusal.Status == StatusCodes.Status413PayloadTooLarge)
            {
                await DrainAsync(context).ConfigureAwait(false);
            }

            await refusal.WriteAsync(context).ConfigureAwait(false);
            return;
        }

        var body = context.Request.Body;
        if (context.Request.ContentLength is null)
        {
            context.Request.Body = new LimitedBody(body, StdioTransport.MostBytes); // nobody has said yet how long it is
        }

        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            context.Request.Body = body;
            if (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
            {
                await DrainAsync(context).ConfigureAwait(false);
            }

            await (e.StatusCode switch
            {
                StatusCodes.Status413PayloadTooLarge => Refusal.TooLarge(StdioTransport.MostBytes),
                StatusCodes.Status408RequestTimeout => Refusal.TooSlow(),
                _ => Refusal.Broken(),
            }).WriteAsync(context).ConfigureAwait(false);
        }
        catch (Exception e) when (!context.Response.HasStarted && IsOfTheMessage(e))
        {
            // The SDK looks into some messages before it hands them on, and leaves what is wrong with them to whoever serves HTTP.
            await Refusal.Malformed(e.Message).WriteAsync(context).ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync() => _rates.DisposeAsync();

    // Up to the server's own limit, so that a client which sends too much can hear so; whoever sends far more is cut off.
    private static async Task DrainAsync(HttpContext context)
    {
        try
        {
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted).ConfigureAwait(false);
        }
        catch (BadHttpRequestException)
        {
            // Far more, or too slowly: it is told all the same, and may not hear it.
        }
    }

    // Half of a surrogate pair is the second: what is wrong is in the text that was sent.
    private static bool IsOfTheMessage(Exception e) => e is JsonException || (e is InvalidOperationException && e.Source?.StartsWith("System.Text.Json", StringComparison.Ordinal) is true);

    private static bool HasOneHost(HttpRequest request) => request.Headers.Host.Count == 1 && request.Host.HasValue;

    private async ValueTask<Refusal?> CheckAsync(HttpContext context)
    {
        var request = context.Request;
        if (ConnectionLimit.IsBeyond(context))
        {
            return Refusal.Connections(configuration.McpMaxConnections);
        }

        if (!HasOneHost(request) || !binding.IsOwn(request.Host.Host, context.Connection.LocalIpAddress))
        {
            return Refusal.Host();
        }

        if (request.Headers.Origin is { Count: > 0 } origins && !(origins.Count == 1 && IsOwn(origins[0], context)))
        {
            return Refusal.Origin();
        }

        if (request.ContentLength > StdioTransport.MostBytes)
        {
            return Refusal.TooLarge(StdioTransport.MostBytes);
        }

        return IsForEverybody(request.Path) ? null : await CheckSenderAsync(context).ConfigureAwait(false);
    }

    private static bool IsForEverybody(PathString path) => path.StartsWithSegments("/health", StringComparison.Ordinal) || path.StartsWithSegments(OAuthDoor.WellKnown, StringComparison.Ordinal);

    private bool IsOwn(string? origin, HttpContext context) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps) && binding.IsOwn(uri.Host, context.Connection.LocalIpAddress);

    private async ValueTask<Refusal?> CheckSenderAsync(HttpContext context)
    {
        var client = "local";
        try
        {
            if (_asks || (_asks = tokens.AreAsked))
            {
                if (await AdmitAsync(context).ConfigureAwait(false) is { } refusal)
                {
                    return refusal;
                }

                client = context.User.FindFirst(ClaimTypes.NameIdentifier)!.Value;
            }
        }
        catch (OpenCodeException e)
        {
            await Console.Error.WriteLineAsync($"{e.Error}: {e.Message}").ConfigureAwait(false);
            return Refusal.Unready();
        }

        using var lease = _rates.AttemptAcquire(client);
        return lease.IsAcquired ? null : Refusal.Rate(configuration.McpRequestsPerSecond);
    }

    private async ValueTask<Refusal?> AdmitAsync(HttpContext context)
    {
        if (!AuthenticationHeaderValue.TryParse(context.Request.Headers.Authorization.ToString(), out var given) || !string.Equals(given.Scheme, "Bearer", StringComparison.OrdinalIgnoreCase) || string.IsNullOrEmpty(given.Parameter))
        {
            return issued?.NoToken(context) ?? Refusal.NoToken();
        }

        if (tokens.Find(given.Parameter) is { } token)
        {
            context.User = Caller.Principal(token);
            return null;
        }

        if (issued is null)
        {
            return Refusal.WrongToken();
        }

        return AccessTokenCheck.IsOne(given.Parameter) ? await issued.AdmitAsync(context, given.Parameter).ConfigureAwait(false) : issued.WrongToken(context);
    }
}
