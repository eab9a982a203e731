namespace OpenCode.HelpBuilder;

/// <summary>A table.</summary>
/// <param name="Line">Where it begins.</param>
/// <param name="Rows">Its rows without marks; the first is the head.</param>
public sealed record Table(int Line, IReadOnlyList<IReadOnlyList<string>> Rows) : Block(Line);
