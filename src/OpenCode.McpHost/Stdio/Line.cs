namespace OpenCode.McpHost.Stdio;

/// <summary>A line of input without its end.</summary>
/// <param name="Bytes">Its bytes.</param>
/// <param name="Cut">True when it was longer than the limit, and this is its beginning.</param>
internal readonly record struct Line(ReadOnlyMemory<byte> Bytes, bool Cut);
