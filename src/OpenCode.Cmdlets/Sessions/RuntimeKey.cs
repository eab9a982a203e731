using OpenCode.Configuration;

namespace OpenCode.Cmdlets.Sessions;

/// <summary>What makes two configurations the same store: every value, but not where the values came from.</summary>
internal sealed record RuntimeKey
{
    /// <summary>Makes the key of a configuration.</summary>
    public RuntimeKey(OpenCodeConfiguration configuration)
    {
        // Lists have no value equality of their own.
        Values = configuration with { Entries = [], DockerAllowedImages = [], Hooks = [] };
        Images = string.Join('\n', configuration.DockerAllowedImages);
        Hooks = string.Join('\n', configuration.Hooks.Select(h => $"{h.Folder}: {h}"));
    }

    private OpenCodeConfiguration Values { get; }

    private string Images { get; }

    private string Hooks { get; }
}
