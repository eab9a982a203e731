namespace OpenCode.HelpBuilder;

/// <summary>A paragraph.</summary>
/// <param name="Line">Where it begins.</param>
/// <param name="Text">Its words on one line, without marks.</param>
public sealed record Paragraph(int Line, string Text) : Block(Line);
