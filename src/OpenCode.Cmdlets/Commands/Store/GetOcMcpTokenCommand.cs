using System.Management.Automation;
using OpenCode.Cmdlets.Completion;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Gets the tokens by which clients of the MCP host are known over HTTP, without their secrets, oldest first.</summary>
[Cmdlet(VerbsCommon.Get, "OcMcpToken")]
[OutputType(typeof(McpToken))]
public sealed class GetOcMcpTokenCommand : McpTokenCmdlet
{
    /// <summary>The ids, with wildcards; all without it.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string Id { get; set; } = "*";

    /// <summary>Only those of these owners, with wildcards.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(OwnerCompleter))]
    public string Owner { get; set; } = "*";

    /// <inheritdoc />
    private protected override void Process()
    {
        var (id, owner) = (WildcardPattern.Get(Id, WildcardOptions.IgnoreCase), WildcardPattern.Get(Owner, WildcardOptions.IgnoreCase));
        foreach (var token in Tokens().List().Where(token => id.IsMatch(token.Id) && owner.IsMatch(token.Owner)))
        {
            Write(token);
        }
    }
}
