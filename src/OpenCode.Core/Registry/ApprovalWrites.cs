namespace OpenCode.Registry;

/// <summary>Asks for an approval, or uses the one there is: of one subject there is one at a time.</summary>
/// <param name="Id">The id of a new request.</param>
/// <param name="Subject">What exactly is asked for.</param>
/// <param name="TaskId">The task it is about.</param>
/// <param name="Tool">The tool.</param>
/// <param name="Question">The question a person is asked.</param>
/// <param name="RequestedBy">Who asks; null names the process.</param>
/// <param name="Lasts">How long it can be answered and used.</param>
public sealed record AskApproval(string Id, string Subject, string TaskId, string Tool, string Question, string? RequestedBy, TimeSpan Lasts) : RegistryWrite<ApprovalRequest>;

/// <summary>Answers a request, once.</summary>
/// <param name="Id">The request.</param>
/// <param name="Subject">What it has to be about; null for any.</param>
/// <param name="Approve">Yes or no.</param>
/// <param name="By">Who answers; null names the process.</param>
public sealed record AnswerApproval(string Id, string? Subject, bool Approve, string? By) : RegistryWrite<ApprovalRequest>;
