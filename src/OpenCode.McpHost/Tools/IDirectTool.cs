using System.Text.Json;

namespace OpenCode.McpHost.Tools;

/// <summary>A tool whose answer is written straight away, and not built up first to be looked into: it changes nothing, so nothing of it is kept or asked about.</summary>
internal interface IDirectTool
{
    /// <summary>Does the work.</summary>
    Task<(JsonElement Structured, string Text)> AnswerAsync(ToolCall call, CancellationToken cancellationToken);
}
