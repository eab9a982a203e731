namespace OpenCode.Configuration;

/// <summary>Finds the configuration file that counts: the first of a fixed order.</summary>
/// <param name="sources">The current location, the environment, and the file named by the caller.</param>
internal sealed class ConfigurationSearch(ConfigurationSources sources)
{
    private const string NamedBy = "OPENCODE_TASKS_CONFIG";

    private readonly PathBase _here = new(sources.CurrentDirectory, sources);
    private readonly string _dataRoot = DataRootOutsideFiles(sources);

    /// <summary>The data root as a parameter, the environment or the default give it.</summary>
    public static string DataRootOutsideFiles(ConfigurationSources sources)
    {
        var given = string.IsNullOrWhiteSpace(sources.DataRoot) ? sources.Variable("OPENCODE_DATA") : sources.DataRoot;
        return given is null ? PathBase.DefaultDataRoot(sources) : new PathBase(sources.CurrentDirectory, sources).Resolve(given);
    }

    /// <summary>The file that counts, or null.</summary>
    /// <param name="found">True when it was found in the current location, where anybody may have put it.</param>
    /// <exception cref="OpenCodeException">InvalidArgument: a file that was named is not there, or one that was found is bad.</exception>
    public ConfigurationFile? Find(out bool found)
    {
        found = false;
        var named = string.IsNullOrWhiteSpace(sources.ConfigurationFile) ? sources.Variable(NamedBy) : sources.ConfigurationFile;
        if (named is not null)
        {
            return ReadNamed(_here.Resolve(named));
        }

        var file = InCurrentLocation();
        found = file is not null && file.FullPath != OwnPath;
        return file ?? Own();
    }

    /// <summary>The file in the data root, or null.</summary>
    public ConfigurationFile? Own() => File.Exists(OwnPath) ? ConfigurationFile.Read(OwnPath, onlyIfOurs: false, sources) : null;

    private string OwnPath => Path.Combine(_dataRoot, "config.json");

    /// <summary>The file in the current location, where anybody may have put it; null when there is none of ours.</summary>
    public ConfigurationFile? InCurrentLocation()
    {
        var ours = _here.Resolve("opencode-tasks.json");
        if (File.Exists(ours))
        {
            return ConfigurationFile.Read(ours, onlyIfOurs: false, sources);
        }

        var anybodys = _here.Resolve("config.json");
        if (!File.Exists(anybodys))
        {
            return null;
        }

        var file = ConfigurationFile.Read(anybodys, onlyIfOurs: true, sources);
        if (file is null)
        {
            sources.Verbose?.Invoke($"The file '{anybodys}' has none of our sections ({string.Join(", ", Settings.Sections)}) and is passed over.");
        }

        return file;
    }

    /// <summary>A file that is named.</summary>
    public ConfigurationFile Named(string path) => ReadNamed(_here.Resolve(path));

    private ConfigurationFile ReadNamed(string path) => File.Exists(path)
        ? ConfigurationFile.Read(path, onlyIfOurs: false, sources)!
        : throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The configuration file '{path}' is not there. Correct the path given by parameter or in {NamedBy}, or leave it out to search.", path);
}
