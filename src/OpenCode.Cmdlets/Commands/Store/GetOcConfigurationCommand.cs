using System.Management.Automation;
using OpenCode.Cmdlets.Sessions;
using OpenCode.Configuration;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Shows every setting and where its value came from: of the store this runspace is connected to, or of the one that would be opened here.</summary>
[Cmdlet(VerbsCommon.Get, "OcConfiguration")]
[OutputType(typeof(ConfigurationEntry))]
public sealed class GetOcConfigurationCommand : OpenCodeCmdlet
{
    /// <inheritdoc />
    private protected override void Process()
    {
        var request = DefaultRequest();
        var configuration = StoreSession.Current.Configuration ?? AwaitDetached((feed, _) => Task.FromResult(request.Load(feed)));
        WriteEach(configuration.Entries);
    }
}
