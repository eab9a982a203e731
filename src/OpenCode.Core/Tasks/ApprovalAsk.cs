namespace OpenCode.Tasks;

/// <summary>What a caller wants to do and a person has to approve first.</summary>
/// <param name="TaskId">The task it is about.</param>
/// <param name="Tool">What was called.</param>
/// <param name="ArgumentsJson">Its arguments in one form: the approval is for exactly these.</param>
/// <param name="Question">What would be done, as a question to a person.</param>
public sealed record ApprovalAsk(string TaskId, string Tool, string ArgumentsJson, string Question)
{
    /// <summary>Who asks; null where callers are not known.</summary>
    public string? RequestedBy { get; init; }
}
