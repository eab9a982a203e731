namespace OpenCode.HelpBuilder;

/// <summary>A piece of a page.</summary>
/// <param name="Line">Where it begins, from 1.</param>
public abstract record Block(int Line);
