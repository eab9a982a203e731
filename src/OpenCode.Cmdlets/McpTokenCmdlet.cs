using OpenCode.Cmdlets.Sessions;
using OpenCode.Configuration;

namespace OpenCode.Cmdlets;

/// <summary>A cmdlet about the tokens of a store. Opens none: the tokens of the store this runspace is connected to, or would open here.</summary>
public abstract class McpTokenCmdlet : OpenCodeCmdlet
{
    private protected AccessTokens Tokens()
    {
        var request = DefaultRequest();
        var configuration = StoreSession.Current.Configuration ?? AwaitDetached((feed, _) => Task.FromResult(request.Load(feed)));
        return new AccessTokens(configuration.DataRoot, TimeProvider.System);
    }
}
