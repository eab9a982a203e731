namespace OpenCode.HelpBuilder;

/// <summary>An example.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Introduction">What comes before the code.</param>
/// <param name="Code">The code.</param>
/// <param name="Output">What it writes.</param>
/// <param name="Remarks">What comes after the output.</param>
public sealed record Example(string Title, IReadOnlyList<Block> Introduction, string Code, string Output, IReadOnlyList<Block> Remarks);
