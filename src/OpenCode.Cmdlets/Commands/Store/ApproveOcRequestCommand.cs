using System.Management.Automation;
using OpenCode.Cmdlets.Completion;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Answers what a client of the MCP host has asked: yes, or no with -Deny. Each request is answered once.</summary>
[Cmdlet(VerbsLifecycle.Approve, "OcRequest", SupportsShouldProcess = true)]
[OutputType(typeof(ApprovalRequest))]
public sealed class ApproveOcRequestCommand : OpenCodeCmdlet
{
    /// <summary>The request's id.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RequestCompleter))]
    public string Id { get; set; } = "";

    /// <summary>Says no. The same is not asked again before the request's time has passed.</summary>
    [Parameter]
    public SwitchParameter Deny { get; set; }

    /// <inheritdoc />
    private protected override object? Subject => Id;

    /// <inheritdoc />
    private protected override void Process()
    {
        if (!Approved($"{(Deny ? "Deny" : "Approve")} the request '{Id}'"))
        {
            return;
        }

        var request = Await((runtime, token) => runtime.Approvals.AnswerAsync(Id, !Deny, token));
        Tell($"{(Deny ? "Denied" : "Approved")} the request '{Id}': {request.Question}");
        Write(request);
    }
}
