using System.Management.Automation;
using OpenCode.Configuration;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Trusts a configuration file as it is now, so that what it says about programs, engines and images counts in the folder it lies in. A file that changes is untrusted again.</summary>
[Cmdlet(VerbsLifecycle.Approve, "OcConfiguration", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(ApprovedConfiguration))]
public sealed class ApproveOcConfigurationCommand : OpenCodeCmdlet
{
    /// <summary>The file; left out, the one found in the current location.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName")]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <inheritdoc />
    private protected override object? Subject => Path;

    /// <inheritdoc />
    private protected override void Process()
    {
        var request = DefaultRequest() with { ConfigurationFile = FullPath(Path) };
        var approval = AwaitDetached((feed, _) => System.Threading.Tasks.Task.FromResult(ConfigurationApproval.Read(request.Sources(feed))));
        var what = approval.Keys.Count == 0 ? "which has no key that needs it" : $"so that it decides about {string.Join(", ", approval.Keys)}";
        if (!Approved($"Trust the configuration file '{approval.Path}' as it is now, {what}"))
        {
            return;
        }

        var digest = AwaitDetached((_, token) => approval.ApproveAsync(token));
        Tell($"Approved the configuration file '{approval.Path}' with SHA-256 {digest}. A store that is open keeps its settings; Connect-OcStore reads them again.");
        Write(new ApprovedConfiguration(approval.Path, digest, approval.Keys));
    }
}
