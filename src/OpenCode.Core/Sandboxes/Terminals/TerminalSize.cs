namespace OpenCode.Sandboxes;

/// <summary>How large a terminal's window is, in characters.</summary>
/// <param name="Columns">Characters in a line.</param>
/// <param name="Rows">Lines.</param>
public readonly record struct TerminalSize(int Columns, int Rows);
