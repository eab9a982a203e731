namespace OpenCode.Tasks;

/// <summary>How a deletion went.</summary>
/// <param name="TaskId">The task, which is gone for every caller.</param>
/// <param name="Remaining">What could not be removed yet and is tried again when the store is next opened, as a sentence; null when nothing is left.</param>
public sealed record TaskRemoval(string TaskId, string? Remaining);
