namespace OpenCode;

/// <summary>A file of a checkpoint.</summary>
/// <param name="Name">Its path within the checkpoint, with forward slashes.</param>
/// <param name="Bytes">Its length in bytes.</param>
/// <param name="Sha256">SHA-256 of its contents, lower-case hex.</param>
public sealed record CheckpointFile(string Name, long Bytes, string Sha256)
{
    /// <summary>The name, so that a list of files reads well.</summary>
    public override string ToString() => Name;
}
