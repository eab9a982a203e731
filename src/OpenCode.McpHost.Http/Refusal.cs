using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace OpenCode.McpHost.Http;

/// <summary>A request that is not let in, as its sender is told: a status for HTTP, and a JSON-RPC error for the client behind it.</summary>
/// <param name="Status">The status.</param>
/// <param name="Code">The error's code; the range from -32000 is a server's own.</param>
/// <param name="Message">What is wrong, and what to do.</param>
internal sealed record Refusal(int Status, int Code, string Message)
{
    private const int NotLetIn = -32000;
    private const int InvalidRequest = -32600;
    private const int InvalidParams = -32602;

    /// <summary>What a client without a token, or with one that does not count, is to show.</summary>
    public string? Challenge { get; init; }

    /// <summary>When to come again.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Ends the connection too.</summary>
    public bool Closes { get; init; }

    public static Refusal Connections(int most) => new(StatusCodes.Status503ServiceUnavailable, NotLetIn, string.Create(CultureInfo.InvariantCulture, $"There are more than {most} connections, the most this server takes (mcp.maxConnections). Close some, or come again later.")) { RetryAfter = TimeSpan.FromSeconds(1), Closes = true };

    public static Refusal Host() => new(StatusCodes.Status403Forbidden, NotLetIn, "The Host header does not name this server. Use the address it listens on.");

    public static Refusal Origin() => new(StatusCodes.Status403Forbidden, NotLetIn, "Requests from pages of other sites are not taken.");

    public static Refusal NoToken() => new(StatusCodes.Status401Unauthorized, NotLetIn, "Show a token: 'Authorization: Bearer <token>'. New-OcMcpToken makes one.") { Challenge = "Bearer realm=\"opencode-tasks\"" };

    public static Refusal NoToken(string issuer) => new(StatusCodes.Status401Unauthorized, NotLetIn, $"Show a token of '{issuer}', or one that New-OcMcpToken made: 'Authorization: Bearer <token>'.");

    public static Refusal WrongToken(string problem) => new(StatusCodes.Status401Unauthorized, NotLetIn, $"The token does not count. {problem} Get another from its issuer.");

    public static Refusal Scope(string needed) => new(StatusCodes.Status403Forbidden, NotLetIn, $"The token does not allow this: it needs the scope {needed}. Get one that has it from its issuer.");

    public static Refusal NoIssuer(TimeSpan rest) => new(StatusCodes.Status503ServiceUnavailable, NotLetIn, "The issuer of the token does not give its keys, so the token cannot be checked and nobody is let in by it. Come again later; the user of this server finds the details in the host's standard error.") { RetryAfter = rest };

    public static Refusal WrongToken() => new(StatusCodes.Status401Unauthorized, NotLetIn, "The token is not known, or its time is up. New-OcMcpToken makes another.") { Challenge = "Bearer realm=\"opencode-tasks\", error=\"invalid_token\"" };

    public static Refusal Rate(int perSecond) => new(StatusCodes.Status429TooManyRequests, NotLetIn, string.Create(CultureInfo.InvariantCulture, $"More than {perSecond} requests a second came from this client, the most that are taken (mcp.requestsPerSecond). Come again in a second.")) { RetryAfter = TimeSpan.FromSeconds(1) };

    public static Refusal TooLarge(long most) => new(StatusCodes.Status413PayloadTooLarge, InvalidRequest, string.Create(CultureInfo.InvariantCulture, $"The message has more than {most} bytes, the most this server reads. Put large data into a file of the task's workspace."));

    public static Refusal TooSlow() => new(StatusCodes.Status408RequestTimeout, InvalidRequest, "The message did not arrive in time.") { Closes = true };

    public static Refusal Broken() => new(StatusCodes.Status400BadRequest, InvalidRequest, "The request could not be read.") { Closes = true };

    public static Refusal Malformed(string why) => new(StatusCodes.Status400BadRequest, InvalidParams, $"The message is not of its method's form: {why}");

    public static Refusal Unready() => new(StatusCodes.Status503ServiceUnavailable, NotLetIn, "The list of tokens cannot be read, so nobody is let in. Its user finds the details in the host's standard error.");

    public Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = Status;
        response.ContentType = "application/json";
        if (Challenge is not null)
        {
            response.Headers.WWWAuthenticate = Challenge;
        }

        if (RetryAfter is { } time)
        {
            response.Headers.RetryAfter = time.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
        }

        if (Closes)
        {
            response.Headers.Connection = "close";
        }

        var error = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = null, ["error"] = new JsonObject { ["code"] = Code, ["message"] = Message } };
        return response.WriteAsync(error.ToJsonString(), context.RequestAborted);
    }
}
