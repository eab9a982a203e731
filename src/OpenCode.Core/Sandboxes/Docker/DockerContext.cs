using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace OpenCode.Sandboxes.Docker;

/// <summary>What the docker CLI's current context says about the engine.</summary>
/// <param name="Source">The context, for messages.</param>
/// <param name="Host">The engine's address; null when <paramref name="Problem"/> says why there is none.</param>
/// <param name="HasTls">True when the context keeps keys for TLS.</param>
/// <param name="Problem">What is wrong with it, as a full sentence.</param>
internal sealed record DockerContext(string Source, string? Host, bool HasTls, string? Problem)
{
    /// <summary>True when its keys would be needed and are not used; a local socket has no use for any.</summary>
    public bool SkipsTls => HasTls && Host is not null && !Host.StartsWith("unix:", StringComparison.Ordinal) && !Host.StartsWith("npipe:", StringComparison.Ordinal);

    /// <summary>Finds the current context; null when it is the default one, which is no file.</summary>
    /// <param name="folder">The CLI's configuration folder.</param>
    /// <param name="named">The value of DOCKER_CONTEXT.</param>
    public static DockerContext? Find(string folder, string? named)
    {
        var source = $"the docker context '{named}' (DOCKER_CONTEXT)";
        if (string.IsNullOrEmpty(named))
        {
            var configuration = Path.Combine(folder, "config.json");
            try
            {
                named = Text(Read(configuration), "currentContext");
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                return null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
            {
                return new("the docker CLI's configuration", null, false, $"The docker CLI's configuration '{configuration}' cannot be read: {e.Message} Repair it, or set DOCKER_HOST.");
            }

            source = $"the docker context '{named}' ({configuration})";
        }

        if (string.IsNullOrEmpty(named) || string.Equals(named, "default", StringComparison.Ordinal))
        {
            return null;
        }

        // The CLI files a context under the hash of its name, so that any name is a path.
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(named)));
        var meta = Path.Combine(folder, "contexts", "meta", id, "meta.json");
        try
        {
            var host = Read(meta) is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("Endpoints", out var endpoints) && endpoints.ValueKind == JsonValueKind.Object
                && endpoints.TryGetProperty("docker", out var docker) ? Text(docker, "Host") : null;
            return string.IsNullOrEmpty(host)
                ? new(source, null, false, $"{Upper(source)} names no engine in '{meta}'; choose another with 'docker context use', or set DOCKER_HOST.")
                : new(source, host, Directory.Exists(Path.Combine(folder, "contexts", "tls", id, "docker")), null);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new(source, null, false, $"{Upper(source)} does not exist; choose another with 'docker context use', or set DOCKER_HOST.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return new(source, null, false, $"{Upper(source)} cannot be read from '{meta}': {e.Message} Choose another with 'docker context use', or set DOCKER_HOST.");
        }
    }

    private static JsonElement Read(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.Clone();
    }

    private static string? Text(JsonElement element, string property) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string Upper(string sentence) => char.ToUpperInvariant(sentence[0]) + sentence[1..];
}
