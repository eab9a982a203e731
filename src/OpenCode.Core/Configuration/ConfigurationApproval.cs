namespace OpenCode.Configuration;

/// <summary>A configuration file that may be approved: what it is now, and which of its keys count only then.</summary>
public sealed class ConfigurationApproval
{
    private readonly ConfigurationTrust _trust;

    private ConfigurationApproval(ConfigurationTrust trust, string path, ReadOnlyMemory<byte> contents, IReadOnlyList<string> keys)
    {
        _trust = trust;
        Path = path;
        Contents = contents;
        Keys = keys;
    }

    /// <summary>The file; absolute.</summary>
    public string Path { get; }

    /// <summary>The keys in it that count only once it is trusted, such as <c>docker.socketPath</c>.</summary>
    public IReadOnlyList<string> Keys { get; }

    private ReadOnlyMemory<byte> Contents { get; }

    /// <summary>Reads a file and checks it, without approving it.</summary>
    /// <param name="sources">Where the data root is found, which keeps what was approved. <see cref="ConfigurationSources.ConfigurationFile"/> is the file; null takes the one found in the current location.</param>
    /// <exception cref="OpenCodeException">InvalidArgument: there is no such file, or it is not a configuration of ours.</exception>
    public static ConfigurationApproval Read(ConfigurationSources sources)
    {
        ArgumentNullException.ThrowIfNull(sources);
        var search = new ConfigurationSearch(sources);
        var file = sources.ConfigurationFile is null ? search.InCurrentLocation() : search.Named(sources.ConfigurationFile);
        return file is null
            ? throw new OpenCodeException(OpenCodeError.InvalidArgument, $"There is no configuration file of ours in '{sources.CurrentDirectory}': no opencode-tasks.json, and no config.json with one of our sections. Name the file.", sources.CurrentDirectory)
            : new ConfigurationApproval(ConfigurationTrust.For(sources), file.FullPath, file.Bytes, [.. Settings.All.Where(s => s.NeedsTrust && file.Value(s) is not null).Select(s => s.Key)]);
    }

    /// <summary>Trusts the file as it was read. When the call returns, every process on the data root knows.</summary>
    /// <returns>The SHA-256 of the contents that are trusted, lower-case hex.</returns>
    /// <exception cref="OpenCodeException">InvalidArgument: the file is another one by now. StateCorrupt or StoreUnavailable: the list of trusted files cannot be read or written.</exception>
    public Task<string> ApproveAsync(CancellationToken cancellationToken) => _trust.ApproveAsync(Path, Contents, cancellationToken);
}
