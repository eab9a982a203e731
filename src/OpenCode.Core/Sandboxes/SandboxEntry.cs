namespace OpenCode.Sandboxes;

/// <summary>What is at a path inside a container.</summary>
/// <param name="IsFolder">True for a folder.</param>
/// <param name="LinkTarget">Where a symbolic link points; null for what is none.</param>
public sealed record SandboxEntry(bool IsFolder, string? LinkTarget);
