namespace OpenCode.Sandboxes.Docker;

/// <summary>Where the engine is, and who said so. Made without asking the engine, and never by throwing: a machine without Docker still opens its store.</summary>
/// <remarks>
/// The order is the specification's (section 6), and from DOCKER_HOST on the docker CLI's own:
/// https://docs.docker.com/engine/manage-resources/contexts/ — DOCKER_HOST beats DOCKER_CONTEXT, which beats <c>docker context use</c>.
/// </remarks>
/// <param name="Address">The address, as unix://, npipe://, tcp://, http:// or https://; null when <paramref name="Problem"/> says why there is none.</param>
/// <param name="Source">Who named it, such as <c>DOCKER_HOST</c>.</param>
/// <param name="Problem">Why no engine can be asked, as a full sentence; null when one can.</param>
public sealed record DockerEndpoint(Uri? Address, string Source, string? Problem)
{
    private const string UnixDefault = "unix:///var/run/docker.sock";
    private const string WindowsDefault = "npipe://./pipe/docker_engine";

    /// <summary>The address without user, password, query or fragment; or the source when there is no address.</summary>
    public string Display => Address is null
        ? Source
        : Address.GetComponents(UriComponents.Scheme | UriComponents.HostAndPort | UriComponents.Path | UriComponents.KeepDelimiter, UriFormat.UriEscaped);

    /// <summary>Finds the endpoint: setting, OPENCODE_DOCKER_SOCKET, DOCKER_HOST, the docker CLI's context, the platform's default.</summary>
    /// <param name="setting">The configured socket path or address; null or empty when nothing is configured.</param>
    /// <param name="environment">Reads an environment variable; null or empty when it is not set.</param>
    /// <param name="home">The user's home folder, whose <c>.docker</c> holds the CLI's configuration unless DOCKER_CONFIG names another.</param>
    /// <param name="windows">True for the defaults of Windows.</param>
    public static DockerEndpoint Resolve(string? setting, Func<string, string?> environment, string home, bool windows)
    {
        if (!string.IsNullOrWhiteSpace(setting))
        {
            return Parse(setting, "docker.socketPath", windows);
        }

        foreach (var variable in (ReadOnlySpan<string>)["OPENCODE_DOCKER_SOCKET", "DOCKER_HOST"])
        {
            if (environment(variable) is { } value && !string.IsNullOrWhiteSpace(value))
            {
                return Parse(value, variable, windows) switch
                {
                    // The CLI's variable for TLS goes with the CLI's variable for the host.
                    { Problem: null, Address.Scheme: "tcp" or "http" } found when !string.IsNullOrEmpty(environment("DOCKER_TLS_VERIFY")) => NoTls(found.Display, variable),
                    var found => found,
                };
            }
        }

        var folder = environment("DOCKER_CONFIG") is { Length: > 0 } named ? named : Path.Combine(home, ".docker");
        return DockerContext.Find(folder, environment("DOCKER_CONTEXT")) switch
        {
            null => Parse(windows ? WindowsDefault : UnixDefault, "the default", windows),
            { Problem: { } problem } context => new(null, context.Source, problem),
            { SkipsTls: true } context => NoTls(context.Host!, context.Source),
            var context => Parse(context.Host!, context.Source, windows),
        };
    }

    /// <summary>Finds the endpoint of this process, from its own environment and user.</summary>
    /// <param name="setting">The configured socket path or address; null or empty when nothing is configured.</param>
    public static DockerEndpoint Resolve(string? setting) =>
        Resolve(setting, Environment.GetEnvironmentVariable, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), OperatingSystem.IsWindows());

    private static DockerEndpoint Parse(string text, string source, bool windows)
    {
        text = text.Trim();
        if (text.StartsWith("npipe:////./", StringComparison.OrdinalIgnoreCase))
        {
            // The CLI's own way to write it, in contexts too; as a URI the host would be missing.
            text = "npipe://./" + text[12..];
        }

        if (text.StartsWith(@"\\.\pipe\", StringComparison.Ordinal))
        {
            return new(new Uri("npipe://./pipe/" + text[9..]), source, null);
        }

        if (!text.Contains("://", StringComparison.Ordinal))
        {
            // A relative path would mean another engine in every current location; host:port is what the CLI takes for tcp.
            return text.StartsWith('/') ? new(new Uri("unix://" + Uri.EscapeDataString(text).Replace("%2F", "/", StringComparison.Ordinal)), source, null)
                : !windows && text.StartsWith('~') ? Wrong(text, source)
                : text.Contains(':', StringComparison.Ordinal) && Uri.TryCreate("tcp://" + text, UriKind.Absolute, out var tcp) && tcp.Port > 0 ? new(tcp, source, null)
                : Wrong(text, source);
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var address))
        {
            return Wrong(text, source);
        }

        return address.Scheme switch
        {
            "unix" when address.AbsolutePath.Length > 1 => new(address, source, null),
            "npipe" when address.Segments.Length == 3 => new(address, source, null),
            "tcp" or "http" when address.Port > 0 => new(address, source, null),
            "https" => NoTls(new DockerEndpoint(address, source, null).Display, source),
            "ssh" => new(null, source, $"The Docker Engine's address '{WithoutUser(address)}' from {source} goes over ssh, which is not supported; forward its socket with 'ssh -L /path/docker.sock:/var/run/docker.sock host' and name that as unix:///path/docker.sock."),
            _ => Wrong(WithoutUser(address), source),
        };
    }

    private static string WithoutUser(Uri address) => new DockerEndpoint(address, "", null).Display;

    private static DockerEndpoint NoTls(string address, string source) =>
        new(null, source, $"The Docker Engine's address '{address}' from {source} asks for TLS, which is not supported yet; use the engine's local socket, or forward it with ssh.");

    private static DockerEndpoint Wrong(string text, string source) =>
        new(null, source, $"'{text}' from {source} is not an address of a Docker Engine; give an absolute socket path, or unix://, npipe:// or tcp://host:port.");
}
