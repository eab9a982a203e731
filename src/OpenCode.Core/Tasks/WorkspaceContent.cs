namespace OpenCode.Tasks;

/// <summary>A file or a folder of a task's workspace.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="Bytes">The file's bytes; null for a folder.</param>
/// <param name="Entries">What is in the folder, by name: folders end in <c>/</c>; the length of a file in bytes, null for what is none.</param>
public sealed record WorkspaceContent(string TaskId, ReadOnlyMemory<byte>? Bytes, IReadOnlyList<(string Name, long? Length)> Entries);
