using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Docker.DotNet;

namespace OpenCode.Sandboxes.Docker;

/// <summary>The sentences for what the engine and the way to it can do to us.</summary>
internal static class EngineErrors
{
    /// <summary>
    /// True for the ways in which a connection ends, is refused or is given up, and for an answer that is not an engine's; the client wraps
    /// most of them in HttpRequestException, cancellation too.
    /// </summary>
    public static bool IsTransport(Exception e) =>
        e is HttpRequestException or IOException or JsonException or SocketException or OperationCanceledException or TimeoutException or ObjectDisposedException or UnauthorizedAccessException;

    /// <summary>The engine cannot be reached, or went away.</summary>
    public static OpenCodeException Unreachable(DockerEndpoint endpoint, Exception e)
    {
        var cause = e.GetBaseException();
        var advice = cause is SocketException { SocketErrorCode: SocketError.AccessDenied } or UnauthorizedAccessException
            ? "This user may not use it: join its group ('sudo usermod -aG docker $USER', then sign in again), or run a rootless engine."
            : OperatingSystem.IsLinux() ? "Start it ('sudo systemctl start docker'), or name another with DOCKER_HOST or docker.socketPath."
            : "Start Docker Desktop, or name another with DOCKER_HOST or docker.socketPath.";
        // How .NET reports a socket file that is not there.
        var reason = cause is SocketException { SocketErrorCode: SocketError.AddressNotAvailable } && endpoint.Address?.Scheme == "unix" ? "There is no such socket." : Sentence(cause.Message);
        return new(OpenCodeError.SandboxUnavailable, $"No Docker Engine answers at '{endpoint.Display}' (from {endpoint.Source}): {reason} {advice}", endpoint.Display, e);
    }

    /// <summary>The engine is there and does not answer in time.</summary>
    public static OpenCodeException Late(DockerEndpoint endpoint, string what, TimeSpan limit, Exception? e) =>
        new(OpenCodeError.SandboxUnavailable, $"The Docker Engine at '{endpoint.Display}' did not {what} within {Seconds(limit)}; see whether it is overloaded or hangs ('docker info').", endpoint.Display, e);

    /// <summary>The engine said no.</summary>
    /// <param name="what">What it was asked, to follow "to".</param>
    /// <param name="subject">The name of the container or image; null when <paramref name="what"/> says it.</param>
    /// <param name="e">Its answer.</param>
    public static OpenCodeException Refused(string what, string? subject, DockerApiException e) =>
        new(OpenCodeError.SandboxFailed, $"The Docker Engine refused to {what}{(subject is null ? "" : $" '{subject}'")}: {Sentence(Answer(e))}", subject, e);

    /// <summary>The status that Podman means when it answers a race with its own failure; null when the answer says what it means.</summary>
    public static HttpStatusCode? Meant(DockerApiException e) =>
        e.StatusCode is not HttpStatusCode.InternalServerError || e.ResponseBody is not { } body ? null
        : body.Contains("\"cause\":\"that name is already in use\"", StringComparison.Ordinal) ? HttpStatusCode.Conflict
        : body.Contains("\"cause\":\"no such container\"", StringComparison.Ordinal) ? HttpStatusCode.NotFound
        : null;

    /// <summary>The text of the engine's answer, without its JSON.</summary>
    public static string Answer(DockerApiException e)
    {
        try
        {
            using var body = JsonDocument.Parse(e.ResponseBody ?? "");
            if (body.RootElement.ValueKind == JsonValueKind.Object && body.RootElement.TryGetProperty("message", out var message) && message.GetString() is { Length: > 0 } text)
            {
                return text.Trim();
            }
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // A proxy in between answers what it likes.
        }

        return string.IsNullOrWhiteSpace(e.ResponseBody) ? string.Create(CultureInfo.InvariantCulture, $"status {(int)e.StatusCode}") : e.ResponseBody.Trim();
    }

    public static string Sentence(string text) => text.AsSpan().TrimEnd().EndsWith(".") ? text.TrimEnd() : text.TrimEnd() + ".";

    public static string Seconds(TimeSpan limit) => string.Create(CultureInfo.InvariantCulture, $"{limit.TotalSeconds:0.###} s");
}
