using System.Globalization;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OpenCode.Configuration;
using OpenCode.Tasks;

namespace OpenCode.McpHost.Tools;

/// <summary>
/// Keeps a call back until a person has approved it. A client that can ask its user is given the question: by the newer revision as a result that requires input, by older ones as elicitation,
/// which the SDK makes of it. The answer comes with the repeated call. Every other client is told what has to be done.
/// </summary>
/// <param name="canAsk">True when the client can ask its user.</param>
/// <param name="state">What the client was given with the question: the request's id.</param>
/// <param name="answer">What the user has answered.</param>
internal sealed class ApprovalGate(bool canAsk, string? state, ElicitResult? answer)
{
    private const string Key = "approval";

    private const string RequestPrefix = "request_";

    private const string User = "the client's user";

    public static ApprovalGate Of(RequestContext<CallToolRequestParams> request) => new(
        request.Server is { IsMrtrSupported: true, ClientCapabilities.Elicitation.Form: not null },
        request.Params.RequestState,
        request.Params.InputResponses?.TryGetValue(Key, out var given) is true ? given.Deserialize(InputResponse.ElicitResultJsonTypeInfo) : null);

    /// <summary>What to do after a refusal by the gate; null after others.</summary>
    public static string? NextStep(OpenCodeException e) => e is { Error: OpenCodeError.AccessDenied, Target: { } target } && target.StartsWith(RequestPrefix, StringComparison.Ordinal)
        ? "Tell the user what the message says, and do something else until it is answered."
        : null;

    /// <summary>Lets the call through, or does not.</summary>
    /// <returns>The call, which knows what the gate let through.</returns>
    /// <exception cref="OpenCodeException">AccessDenied: nobody has approved it yet, or somebody has denied it.</exception>
    /// <exception cref="InputRequiredException">The client is to ask its user.</exception>
    public async Task<ToolCall> PassAsync(TaskTool tool, ToolCall call, CancellationToken cancellationToken)
    {
        var policy = call.Runtime.Configuration.McpApprovals;
        if (policy is ApprovalPolicy.Off || (policy is ApprovalPolicy.Ask && !canAsk))
        {
            return call;
        }

        if (await tool.QuestionAsync(call, cancellationToken).ConfigureAwait(false) is not var (taskId, question))
        {
            return call with { Approved = false };
        }

        var ask = new ApprovalAsk(taskId, tool.Name, call.Input.Canonical, question) { RequestedBy = call.Caller?.Owner };
        await TakeAnswerAsync(call, ask, cancellationToken).ConfigureAwait(false);
        var request = await call.Runtime.Approvals.TakeAsync(ask, cancellationToken).ConfigureAwait(false);
        return request.Status switch
        {
            ApprovalStatus.Used => call with { Approved = true },
            ApprovalStatus.Denied => throw new OpenCodeException(OpenCodeError.AccessDenied, $"This call of '{tool.Name}' was denied by {request.AnsweredBy}. The same is not asked again before {Time(request.ExpiresAt)}.", request.Id),
            _ when canAsk && answer is null => throw Question(request),
            _ => throw new OpenCodeException(
                OpenCodeError.AccessDenied,
                $"This call of '{tool.Name}' needs a person's approval, and nobody has answered yet. Ask somebody to run Approve-OcRequest {request.Id} in PowerShell before {Time(request.ExpiresAt)}, then call again with the same arguments.",
                request.Id),
        };
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    // Nothing to fill in: yes is to accept.
    private static InputRequiredException Question(ApprovalRequest request) => new(
        new Dictionary<string, InputRequest>
        {
            [Key] = InputRequest.ForElicitation(new ElicitRequestParams { Mode = "form", Message = request.Question, RequestedSchema = new ElicitRequestParams.RequestSchema() }),
        },
        request.Id);

    private async Task TakeAnswerAsync(ToolCall call, ApprovalAsk ask, CancellationToken cancellationToken)
    {
        // Dismissed is not answered: the request waits on.
        if (!canAsk || state is null || answer is not { Action: "accept" or "decline" })
        {
            return;
        }

        try
        {
            await call.Runtime.Approvals.AnswerAsync(state, ask, answer.IsAccepted, User, cancellationToken).ConfigureAwait(false);
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.InvalidTransition)
        {
            // Somebody at a prompt was faster, or nobody was fast enough: how it stands decides.
        }
    }
}
