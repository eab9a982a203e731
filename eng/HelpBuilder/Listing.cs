namespace OpenCode.HelpBuilder;

/// <summary>A list.</summary>
/// <param name="Line">Where it begins.</param>
/// <param name="Items">The words of each item, after its mark: a dash, or a number with a full stop.</param>
public sealed record Listing(int Line, IReadOnlyList<(string Mark, string Text)> Items) : Block(Line);
