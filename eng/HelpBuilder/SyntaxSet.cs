namespace OpenCode.HelpBuilder;

/// <summary>A parameter set.</summary>
/// <param name="Name">Its name; null when there is only one.</param>
/// <param name="IsDefault">True when it is used where the parameters given do not tell.</param>
/// <param name="Text">How it is written, on one line.</param>
/// <param name="Parameters">The names of its parameters, in that order.</param>
/// <param name="Line">Where it is.</param>
public sealed record SyntaxSet(string? Name, bool IsDefault, string Text, IReadOnlyList<string> Parameters, int Line);
