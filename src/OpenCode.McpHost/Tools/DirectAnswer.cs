namespace OpenCode.McpHost.Tools;

/// <summary>The answer of a direct tool, as it goes out.</summary>
/// <param name="Structured">The JSON of structuredContent, in UTF-8.</param>
/// <param name="Text">The answer for reading, in UTF-8.</param>
internal readonly record struct DirectAnswer(ReadOnlyMemory<byte> Structured, ReadOnlyMemory<byte> Text);
