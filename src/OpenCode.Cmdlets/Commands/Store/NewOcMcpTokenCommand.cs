using System.Management.Automation;
using OpenCode.Cmdlets.Completion;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Makes a token by which a client of the MCP host is known over HTTP. It is shown once.</summary>
[Cmdlet(VerbsCommon.New, "OcMcpToken", SupportsShouldProcess = true)]
[OutputType(typeof(McpToken))]
public sealed class NewOcMcpTokenCommand : McpTokenCmdlet
{
    private const double MostDays = 3650;

    /// <summary>Whose it is: the owner of tasks that are created with it.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(OwnerCompleter))]
    public string Owner { get; set; } = "";

    /// <summary>What it allows; each allows what those before it do.</summary>
    [Parameter(Position = 1)]
    public McpScope Scope { get; set; } = McpScope.Write;

    /// <summary>How many days it is good; without it, until it is removed.</summary>
    [Parameter]
    [ValidateRange(0.001, MostDays)]
    public double? Days { get; set; }

    /// <summary>What it is for.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Description { get; set; }

    /// <inheritdoc />
    private protected override object? Subject => Owner;

    /// <inheritdoc />
    private protected override void Process()
    {
        if (!Approved($"Make a token of scope {Scope} for '{Owner}'"))
        {
            return;
        }

        var tokens = Tokens();
        var token = AwaitDetached((_, cancellation) => tokens.CreateAsync(Owner, Scope, Description, Days is { } days ? TimeSpan.FromDays(days) : null, cancellation));
        Tell($"Made the token '{token.Id}' of scope {token.Scope} for '{token.Owner}'. Its secret is not kept; note it now.");
        Write(token);
    }
}
