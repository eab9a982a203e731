namespace OpenCode;

/// <summary>How many tasks an owner has.</summary>
/// <param name="Owner">The owner.</param>
/// <param name="Count">The number of tasks.</param>
public sealed record OwnerCount(string Owner, long Count);
