using System.Management.Automation;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Takes a token back: no host takes it any more.</summary>
[Cmdlet(VerbsCommon.Remove, "OcMcpToken", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RemoveOcMcpTokenCommand : McpTokenCmdlet
{
    /// <summary>The token's id.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string Id { get; set; } = "";

    /// <inheritdoc />
    private protected override object? Subject => Id;

    /// <inheritdoc />
    private protected override void Process()
    {
        if (!Approved($"Take the token '{Id}' back"))
        {
            return;
        }

        var tokens = Tokens();
        if (!AwaitDetached((_, cancellation) => tokens.RemoveAsync(Id, cancellation)))
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"There is no token '{Id}'. Get-OcMcpToken lists them.", Id);
        }

        Tell($"Took the token '{Id}' back.");
    }
}
