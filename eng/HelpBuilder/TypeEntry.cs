namespace OpenCode.HelpBuilder;

/// <summary>A type that goes in or out.</summary>
/// <param name="Name">Its full name.</param>
/// <param name="Description">What of it.</param>
public sealed record TypeEntry(string Name, IReadOnlyList<Block> Description);
