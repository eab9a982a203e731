using System.Security.Cryptography;
using System.Text;
using OpenCode.Common;
using OpenCode.Registry;

namespace OpenCode.Tasks;

/// <summary>What has to be approved by a person before it is done. A request is durable, is answered once by whichever process, allows one thing once, and ends by its time.</summary>
public sealed class TaskApprovals
{
    /// <summary>How long a request can be answered, and what was approved can be done. A denial lasts as long: the same is not asked again before.</summary>
    public static readonly TimeSpan Lasts = TimeSpan.FromHours(1);

    private readonly ITaskRegistry _registry;
    private readonly TaskMemory _memory;
    private readonly Ids _ids;

    internal TaskApprovals(ITaskRegistry registry, TaskMemory memory, Ids ids)
    {
        _registry = registry;
        _memory = memory;
        _ids = ids;
    }

    /// <summary>Asks, or finds out what became of the same question asked before. An approval is used up by this: when <see cref="ApprovalStatus.Used"/> is returned, the caller does what it asked for.</summary>
    /// <returns>The request: Used, Waiting or Denied.</returns>
    /// <exception cref="OpenCodeException">LimitExceeded: too many wait.</exception>
    public async Task<ApprovalRequest> TakeAsync(ApprovalAsk ask, CancellationToken cancellationToken) =>
        await _registry.WriteAsync(new AskApproval(_ids.Request(), Subject(ask), ask.TaskId, ask.Tool, ask.Question, ask.RequestedBy, Lasts), cancellationToken).ConfigureAwait(false);

    /// <summary>Answers a request as a person at a prompt.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: there is no such request; InvalidTransition: it was answered, or has expired.</exception>
    public Task<ApprovalRequest> AnswerAsync(string id, bool approve, CancellationToken cancellationToken) => AnswerAsync(new AnswerApproval(Input.Id(id, "request id"), null, approve, null), cancellationToken);

    /// <summary>Answers a request as the person that a client has asked. It has to be about what is asked for.</summary>
    /// <exception cref="OpenCodeException">As the other.</exception>
    public Task<ApprovalRequest> AnswerAsync(string id, ApprovalAsk ask, bool approve, string by, CancellationToken cancellationToken) =>
        AnswerAsync(new AnswerApproval(Input.Id(id, "request id"), Subject(ask), approve, by), cancellationToken);

    /// <summary>Requests, oldest first.</summary>
    /// <param name="waiting">True for those that wait for an answer; false for all of the last days.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    public async Task<IReadOnlyList<ApprovalRequest>> ListAsync(bool waiting, CancellationToken cancellationToken) => await _registry.ApprovalsAsync(waiting, cancellationToken).ConfigureAwait(false);

    private static string Subject(ApprovalAsk ask) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{ask.RequestedBy}\n{ask.Tool}\n{ask.ArgumentsJson}")));

    private async Task<ApprovalRequest> AnswerAsync(AnswerApproval answer, CancellationToken cancellationToken)
    {
        var request = await _registry.WriteAsync(answer, cancellationToken).ConfigureAwait(false);
        try
        {
            var data = JsonMap.From(new Dictionary<string, object?> { ["event"] = "approval", ["request"] = request.Id, ["tool"] = request.Tool });
            await _memory.LogAsync(request.TaskId, LogLevel.Info, $"{request.Tool} was {(answer.Approve ? "approved" : "denied")} by {request.AnsweredBy} ({request.Id})", data, Actor.Operator, CancellationToken.None).ConfigureAwait(false);
        }
        catch (OpenCodeException)
        {
            // The answer is given and durable. A task that is gone, or whose log is damaged, changes nothing about it.
        }

        return request;
    }
}
