using System.Management.Automation;
using OpenCode.Cmdlets.Completion;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Gets what clients of the MCP host want to do and a person has to approve first, oldest first.</summary>
[Cmdlet(VerbsCommon.Get, "OcRequest")]
[OutputType(typeof(ApprovalRequest))]
public sealed class GetOcRequestCommand : OpenCodeCmdlet
{
    /// <summary>The ids, with wildcards; every one without it.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RequestCompleter))]
    public string Id { get; set; } = "*";

    /// <summary>Also those that were answered or have expired, of the last seven days.</summary>
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <inheritdoc />
    private protected override void Process()
    {
        var id = WildcardPattern.Get(Id, WildcardOptions.IgnoreCase);
        foreach (var request in Await((runtime, token) => runtime.Approvals.ListAsync(!All, token)).Where(request => id.IsMatch(request.Id)))
        {
            Write(request);
        }
    }
}
