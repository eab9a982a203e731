namespace OpenCode.Tasks;

/// <summary>What is to be copied into a sandbox or out of it.</summary>
/// <param name="Path">The file or folder: a full path on this machine, or one in the sandbox.</param>
/// <param name="Destination">Where to: what is there as a folder, or ends with a divider, gets it inside; otherwise it is the new name.</param>
public sealed record CopyRequest(string Path, string Destination)
{
    /// <summary>True to replace files that are there, and to put a folder's content into one that is there.</summary>
    public bool Force { get; init; }

    /// <summary>The most bytes of all files.</summary>
    public long MostBytes { get; init; } = 1L << 30;
}
