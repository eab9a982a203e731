using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Tasks;
using OpenCode.Tests.Integration.Crash;
using OpenCode.Tests.Integration.Hosting;
using OpenCode.Tests.Integration.Processes;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>A store of a test's own on the test engine; everything of it is gone from the engine when it is disposed.</summary>
internal sealed class SandboxStore : IAsyncDisposable
{
    private readonly TemporaryStore _store = new();

    private bool _closed;

    private SandboxStore()
    {
    }

    public OpenCodeRuntime Runtime { get; private set; } = null!;

    public string StoreId => Runtime.StoreId;

    public string Socket => DockerEngine.Endpoint.Address!.LocalPath;

    public OpenCodeConfiguration Configuration { get; private set; } = null!;

    public static async Task<SandboxStore> OpenAsync(Func<OpenCodeConfiguration, OpenCodeConfiguration>? change = null)
    {
        await DockerEngine.RequireAsync();
        var store = new SandboxStore();
        var configuration = new OpenCodeConfiguration { DataRoot = store._store.DataRoot, DockerEndpoint = Surroundings.Engine, DockerImage = DockerEngine.Image, DockerNetworkPrefix = "octest" };
        store.Configuration = change?.Invoke(configuration) ?? configuration;
        store.Runtime = await OpenCodeRuntime.OpenAsync(store.Configuration, Test.Token);
        return store;
    }

    /// <summary>The same store, opened as another process that does not take the first for alive.</summary>
    public Task<OpenCodeRuntime> AgainAsync(ProcessIdentity process) => OpenCodeRuntime.OpenAsync(Configuration, TimeProvider.System, StepProbe.None, () => process, null, Test.Token);

    public async Task<string> NewTaskAsync(string? image = null) => (await Runtime.Tasks.CreateAsync(new NewTask { Name = "boxed", Image = image }, Test.Token)).Id;

    public Task<Execution> RunAsync(string task, string shell) => Runtime.Executions.RunAsync(task, new RunRequest([shell], Shell: true), Actor.Operator, null, Test.Token);

    public string ContainerName(string task) => $"octest-{StoreId[..8]}-{task}";

    /// <summary>Closes the store before its test is over.</summary>
    public async Task CloseAsync()
    {
        if (!_closed)
        {
            _closed = true;
            await Runtime.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        var storeId = StoreId;
        await CloseAsync();
        foreach (var (kind, name, _) in await EngineCount.OfAsync(Socket, storeId))
        {
            await Sandbox.CurlAsync("DELETE", kind switch { "container" => $"/containers/{name}?force=1&v=1", "network" => $"/networks/{name}", "volume" => $"/volumes/{name}", _ => $"/images/{name}" });
        }

        _store.Dispose();
    }
}
