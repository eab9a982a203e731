using System.Management.Automation;
using OpenCode.Cmdlets.Sessions;

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

    /// <inheritdoc />
    private protected override void Process()
    {
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

        Write(new McpSettings(Name, ["dotnet", host, "--data", configuration.DataRoot], environment).For(Client));
    }
}
