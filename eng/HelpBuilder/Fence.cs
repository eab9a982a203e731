namespace OpenCode.HelpBuilder;

/// <summary>A fenced block.</summary>
/// <param name="Line">Where its fence begins.</param>
/// <param name="Language">The word behind the fence; empty without one.</param>
/// <param name="Lines">What is in it, as it is.</param>
public sealed record Fence(int Line, string Language, IReadOnlyList<string> Lines) : Block(Line)
{
    /// <summary>What is in it, as one text.</summary>
    public string Text => string.Join('\n', Lines);
}
