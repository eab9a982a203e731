namespace OpenCode.McpHost.Tools;

/// <summary>A tool whose answer is written straight away, and not built up first to be looked into: it changes nothing, so nothing of it is kept or asked about.</summary>
internal interface IDirectTool
{
    /// <summary>Does the work.</summary>
    Task<DirectAnswer> AnswerAsync(ToolCall call, CancellationToken cancellationToken);

    /// <summary>Does the work on the caller's thread, without waiting for anybody; null when that is not possible, or when there is more to tell than an answer.</summary>
    DirectAnswer? AnswerNow(ToolCall call);
}
