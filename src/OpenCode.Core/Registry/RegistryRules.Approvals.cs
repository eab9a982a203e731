using System.Globalization;

namespace OpenCode.Registry;

/// <content>Requests for a person's approval.</content>
internal sealed partial class RegistryRules
{
    private const int MostApprovals = 1_000;

    private static readonly TimeSpan ApprovalMemory = TimeSpan.FromDays(7);

    private ApprovalRequest Ask(AskApproval write)
    {
        transaction.DeleteApprovalsBefore(Now - ApprovalMemory);
        if (transaction.FindApproval(null, write.Subject) is { } present)
        {
            if (present.Status is ApprovalStatus.Approved)
            {
                present = present with { Status = ApprovalStatus.Used };
                transaction.UpdateApproval(present);
            }

            return present;
        }

        if (transaction.WaitingApprovals() >= MostApprovals)
        {
            throw new OpenCodeException(OpenCodeError.LimitExceeded, string.Create(CultureInfo.InvariantCulture, $"{MostApprovals} requests wait for approval, the most there can be. Have some answered with Approve-OcRequest, or wait until they expire."));
        }

        var request = new ApprovalRequest
        {
            Id = write.Id,
            TaskId = write.TaskId,
            Tool = write.Tool,
            Question = write.Question,
            RequestedBy = write.RequestedBy ?? process.Describe(),
            RequestedAt = Now,
            ExpiresAt = Now + write.Lasts,
        };
        transaction.InsertApproval(write.Subject, request);
        return request;
    }

    private ApprovalRequest Answer(AnswerApproval write)
    {
        var request = transaction.FindApproval(write.Id, write.Subject)
            ?? throw new OpenCodeException(OpenCodeError.InvalidArgument, $"There is no request '{write.Id}' to be answered. Get-OcRequest lists those that wait.", write.Id);
        if (request.Status is not ApprovalStatus.Waiting)
        {
            var how = request.Status is ApprovalStatus.Expired ? "has expired" : $"was answered by {request.AnsweredBy}: {request.Status}";
            throw new OpenCodeException(OpenCodeError.InvalidTransition, $"The request '{write.Id}' {how}. Whoever asked has to ask again.", write.Id);
        }

        request = request with { Status = write.Approve ? ApprovalStatus.Approved : ApprovalStatus.Denied, AnsweredAt = Now, AnsweredBy = write.By ?? process.Describe() };
        transaction.UpdateApproval(request);
        return request;
    }
}
