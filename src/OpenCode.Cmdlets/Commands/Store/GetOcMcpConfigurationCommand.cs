using System.Management.Automation;
using System.Net;
using OpenCode.Cmdlets.Sessions;
using OpenCode.Configuration;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Gives the JSON that an MCP client's settings want, for the store this runspace is connected to or would open here. Opens no store.</summary>
[Cmdlet(VerbsCommon.Get, "OcMcpConfiguration")]
[OutputType(typeof(string))]
public sealed class GetOcMcpConfigurationCommand : OpenCodeCmdlet
{
    /// <summary>The client; Generic is the form that most of them take.</summary>
    [Parameter(Position = 0)]
    public McpClient Client { get; set; }

    /// <summary>The server's name in the client.</summary>
    [Parameter]
    [ValidatePattern(@"\A[A-Za-z0-9_-]{1,64}\z")]
    public string Name { get; set; } = "opencode-tasks";

    /// <summary>Which tools the client's model is offered.</summary>
    [Parameter]
    public McpToolSet Tools { get; set; }

    /// <summary>The settings for a host that serves HTTP, instead of one that the client starts.</summary>
    [Parameter]
    public SwitchParameter Http { get; set; }

    /// <summary>With Http: the token to be written into the settings. Without it they name a variable, or ask for the token, where one is needed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? Token { get; set; }

    /// <inheritdoc />
    private protected override void Process()
    {
        if (Token is not null && !Http)
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, "A token is shown over HTTP only. Give -Http too, or leave -Token out.", nameof(Token));
        }

        var host = Path.Combine(MyInvocation.MyCommand.Module.ModuleBase, "mcp", "OpenCode.McpHost.dll");
        if (!File.Exists(host))
        {
            throw new OpenCodeException(OpenCodeError.NotSupported, $"The MCP host is not in the module's folder: '{host}' is missing. Install the module again.", host);
        }

        var request = DefaultRequest();
        var configuration = StoreSession.Current.Configuration ?? AwaitDetached((feed, _) => System.Threading.Tasks.Task.FromResult(request.Load(feed)));
        var environment = new Dictionary<string, string>();
        if (configuration.DatabaseFile != Path.Combine(configuration.DataRoot, "opencode.db"))
        {
            // The host takes the data root as an option, a database elsewhere only from its environment.
            environment["OPENCODE_DB_PATH"] = configuration.DatabaseFile;
        }

        var address = Http ? new McpAddress(Url(configuration), Token, new AccessTokens(configuration.DataRoot, TimeProvider.System).AreAsked) : null;
        string[] tools = Tools is McpToolSet.Core ? [] : ["--tools", "all"];
        Write(new McpSettings(Name, ["dotnet", host, "--data", configuration.DataRoot, .. tools], environment) { Address = address }.For(Client));
    }

    // Every address of this machine is none that a client could name.
    private static Uri Url(OpenCodeConfiguration configuration)
    {
        var host = IPAddress.TryParse(configuration.McpHost.Trim('[', ']'), out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)) ? "localhost" : configuration.McpHost;
        return new UriBuilder(Uri.UriSchemeHttp, host, configuration.McpPort, "/mcp").Uri;
    }
}
