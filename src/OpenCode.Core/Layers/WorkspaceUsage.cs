namespace OpenCode.Layers;

/// <summary>What a workspace takes on the disk.</summary>
/// <param name="Bytes">How much; at least so much when the count came to its end.</param>
/// <param name="Entries">Files, folders and links that were counted.</param>
/// <param name="IsWhole">False when there are more entries than are counted.</param>
/// <param name="Hidden">A folder so deep that what is in it cannot be counted; null when there is none.</param>
/// <param name="Largest">The largest files and folders at its top, largest first.</param>
internal sealed record WorkspaceUsage(long Bytes, int Entries, bool IsWhole, string? Hidden, IReadOnlyList<(string Name, long Bytes)> Largest);
