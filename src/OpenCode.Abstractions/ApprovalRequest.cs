namespace OpenCode;

/// <summary>What a client of the MCP host wants to do and a person has to approve first.</summary>
public sealed record ApprovalRequest
{
    /// <summary>The id, with prefix <c>request_</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The task it is about.</summary>
    public required string TaskId { get; init; }

    /// <summary>The tool that was called.</summary>
    public required string Tool { get; init; }

    /// <summary>What would be done, as a question.</summary>
    public required string Question { get; init; }

    /// <summary>Who asks: the owner of the client's token, or the process that asks for its client.</summary>
    public string RequestedBy { get; init; } = "";

    /// <summary>How it stands.</summary>
    public ApprovalStatus Status { get; init; }

    /// <summary>When it was asked (UTC).</summary>
    public DateTimeOffset RequestedAt { get; init; }

    /// <summary>Until when it can be answered, and what was approved can be done (UTC).</summary>
    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When it was answered (UTC).</summary>
    public DateTimeOffset? AnsweredAt { get; init; }

    /// <summary>Who answered it.</summary>
    public string? AnsweredBy { get; init; }

    /// <summary>The id, so that a request reads well inside a string.</summary>
    public override string ToString() => Id;
}
