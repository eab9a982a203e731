namespace OpenCode.McpHost.Handles;

/// <summary>How work stands that goes on after its request was answered.</summary>
internal enum HandleStatus
{
    /// <summary>It goes on.</summary>
    Working,

    /// <summary>It waits for answers of its client.</summary>
    InputRequired,

    /// <summary>The request has its result, which may be a tool's failure.</summary>
    Completed,

    /// <summary>The request has no result, and never will: what would have been an error of the protocol.</summary>
    Failed,

    /// <summary>Somebody has ended it.</summary>
    Cancelled,
}
