namespace OpenCode.Configuration;

/// <summary>What a relative path counts from, and where the user's own folders are.</summary>
/// <param name="folder">Relative paths count from here.</param>
/// <param name="sources">The environment.</param>
internal sealed class PathBase(string folder, ConfigurationSources sources)
{
    /// <summary>The folder the opencode agent has is <c>opencode</c>; this is ours.</summary>
    private const string OwnFolder = "opencode-tasks";

    /// <summary>Makes a path absolute; <c>~/</c> is the user's home.</summary>
    public string Resolve(string path) => Path.GetFullPath(IsBelowHome(path) ? Path.Join(Home(sources), path[1..]) : path, folder);

    /// <summary>The folder for data when nothing names one: the platform's place for an application's data of one user.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: the user has no home folder.</exception>
    public static string DefaultDataRoot(ConfigurationSources sources)
    {
        if (OperatingSystem.IsWindows())
        {
            return Path.Join(sources.Variable("LOCALAPPDATA") ?? Path.Join(Home(sources), "AppData", "Local"), OwnFolder);
        }

        if (OperatingSystem.IsMacOS())
        {
            return Path.Join(Home(sources), "Library", "Application Support", OwnFolder);
        }

        // XDG Base Directory Specification: a value that is not absolute is invalid and passed over.
        return sources.Variable("XDG_DATA_HOME") is { } data && Path.IsPathFullyQualified(data)
            ? Path.Join(data, OwnFolder)
            : Path.Join(Home(sources), ".local", "share", OwnFolder);
    }

    private static bool IsBelowHome(string path) =>
        path == "~" || path.StartsWith("~/", StringComparison.Ordinal) || (OperatingSystem.IsWindows() && path.StartsWith("~\\", StringComparison.Ordinal));

    private static string Home(ConfigurationSources sources)
    {
        var home = sources.Variable(OperatingSystem.IsWindows() ? "USERPROFILE" : "HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return Path.IsPathFullyQualified(home)
            ? home
            : throw new OpenCodeException(OpenCodeError.InvalidArgument, "This user has no home folder, so there is no default place for the data. Set OPENCODE_DATA to a folder.");
    }
}
