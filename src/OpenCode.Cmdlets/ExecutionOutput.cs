namespace OpenCode.Cmdlets;

/// <summary>A piece of output of a command that is still running.</summary>
/// <param name="IsError">True for standard error.</param>
/// <param name="Text">The piece, as it came: not necessarily a line.</param>
public sealed record ExecutionOutput(bool IsError, string Text)
{
    /// <summary>The text.</summary>
    public override string ToString() => Text;
}
