namespace OpenCode.HelpBuilder;

/// <summary>A heading.</summary>
/// <param name="Line">Where it is.</param>
/// <param name="Level">1 to 3.</param>
/// <param name="Text">Its words.</param>
public sealed record Heading(int Line, int Level, string Text) : Block(Line);
