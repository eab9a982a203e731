using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Cmdlets.Sessions;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Connects this runspace to a store, making it when it is not there.</summary>
[Cmdlet(VerbsCommunications.Connect, "OcStore", SupportsShouldProcess = true)]
[OutputType(typeof(StoreConnection))]
[Alias("ccocs")]
public sealed class ConnectOcStoreCommand : OpenCodeCmdlet
{
    /// <summary>The folder of all its data; left out, as configured.</summary>
    [Parameter(Position = 0)]
    [Alias("DataRoot")]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The configuration file to read instead of the one that would be found.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Configuration { get; set; }

    /// <summary>The database file; left out, as configured.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Database { get; set; }

    /// <summary><c>normal</c> survives the death of every process, <c>full</c> also the loss of power.</summary>
    [Parameter]
    [ValidateSet("normal", "full")]
    public string? Synchronous { get; set; }

    /// <summary>The endpoint of the Docker Engine, such as <c>unix:///var/run/docker.sock</c>.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? DockerEndpoint { get; set; }

    /// <summary>The image of sandboxes whose task names none.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ImageCompleter))]
    public string? DockerImage { get; set; }

    /// <inheritdoc />
    private protected override object? Subject => Path;

    /// <inheritdoc />
    private protected override void Process()
    {
        var request = DefaultRequest() with
        {
            DataRoot = FullPath(Path),
            ConfigurationFile = FullPath(Configuration),
            Database = FullPath(Database),
            Synchronous = Synchronous,
            DockerEndpoint = DockerEndpoint,
            DockerImage = DockerImage,
        };
        if (!Approved(request.DataRoot is null ? "Connect to the configured store, making it when it is not there" : $"Connect to the store in '{request.DataRoot}', making it when it is not there"))
        {
            return;
        }

        var session = StoreSession.Current;
        Write(AwaitDetached(async (feed, token) =>
        {
            var use = await session.ConnectAsync(request, feed, token).ConfigureAwait(false);
            await using (use.ConfigureAwait(false))
            {
                var configuration = use.Runtime.Configuration;
                // Who connects stays; a single cmdlet that opens the store for itself makes no containers for others.
                use.Runtime.Pool.Keep();
                return new StoreConnection(use.Runtime.StoreId, configuration.DataRoot, configuration.DatabaseFile);
            }
        }));
    }
}
