using OpenCode.Cmdlets.Pipeline;
using OpenCode.Configuration;

namespace OpenCode.Cmdlets.Sessions;

/// <summary>Which store is wanted: what was said on the command line, and where the runspace stands.</summary>
internal sealed record StoreRequest
{
    /// <summary>The runspace's current location in the file system.</summary>
    public required string Location { get; init; }

    /// <summary>The data root, when said.</summary>
    public string? DataRoot { get; init; }

    /// <summary>The configuration file, when said.</summary>
    public string? ConfigurationFile { get; init; }

    /// <summary>The database file, when said.</summary>
    public string? Database { get; init; }

    /// <summary>The durability, when said.</summary>
    public string? Synchronous { get; init; }

    /// <summary>The container engine's endpoint, when said.</summary>
    public string? DockerEndpoint { get; init; }

    /// <summary>The image of sandboxes, when said.</summary>
    public string? DockerImage { get; init; }

    /// <summary>Resolves every setting. Reads files and the environment; opens no store.</summary>
    /// <param name="feed">Told what was passed over; null when there is nobody to tell.</param>
    public OpenCodeConfiguration Load(PipelineFeed? feed) => ConfigurationLoader.Load(Sources(feed));

    /// <summary>Where settings come from.</summary>
    /// <param name="feed">Told what was passed over; null when there is nobody to tell.</param>
    public ConfigurationSources Sources(PipelineFeed? feed) => new()
    {
        CurrentDirectory = Location,
        Environment = ConfigurationSources.ProcessEnvironment(),
        DataRoot = DataRoot,
        ConfigurationFile = ConfigurationFile,
        DatabasePath = Database,
        Synchronous = Synchronous,
        DockerEndpoint = DockerEndpoint,
        DockerImage = DockerImage,
        Verbose = feed is null ? null : feed.Verbose,
        Warning = feed is null ? null : feed.Warning,
    };
}
