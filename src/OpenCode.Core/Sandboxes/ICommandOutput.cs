namespace OpenCode.Sandboxes;

/// <summary>Takes the output of a command.</summary>
public interface ICommandOutput
{
    /// <summary>Takes a piece of standard output or standard error, as it came from the engine; a character may be cut at its ends.</summary>
    void Write(bool isError, ReadOnlySpan<byte> bytes);
}
