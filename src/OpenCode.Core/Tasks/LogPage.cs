namespace OpenCode.Tasks;

/// <summary>Log entries in the order they were written.</summary>
/// <param name="Entries">Those that match.</param>
/// <param name="Malformed">How many lines of the file could not be read and were passed over.</param>
public sealed record LogPage(IReadOnlyList<LogEntry> Entries, int Malformed);
