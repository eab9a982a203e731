using System.Text.Json.Nodes;
using OpenCode.Common;
using OpenCode.Sandboxes;
using OpenCode.Sandboxes.Docker;
using OpenCode.Sandboxes.Docker.Runners;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>A sandbox of a store and a task that nobody else has, in a folder of its own; gone when disposed.</summary>
public sealed class Sandbox : IAsyncDisposable
{
    private const string Unknown = "the container was made without a runner";

    // One for all: it outlives the containers that have it mounted.
    private static readonly DirectoryInfo RunnerFolder = new(Path.Combine(Path.GetTempPath(), $"oc-runner-{Environment.ProcessId}"));

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("oc-sandbox-");
    private int _executions;

    private Sandbox(DockerSandboxHost host, string image)
    {
        Host = host;
        var workspace = _folder.CreateSubdirectory("workspace").FullName;
        Specification = new SandboxSpecification
        {
            StoreId = $"test{Guid.NewGuid():N}",
            TaskId = $"task_{Guid.NewGuid():N}",
            Image = image,
            Workspace = workspace,
            Owner = ProcessIdentity.Current,
            NamePrefix = "octest",
        };
    }

    public DockerSandboxHost Host { get; }

    public SandboxSpecification Specification { get; set; }

    public SandboxContainer Container { get; private set; } = null!;

    /// <summary>A specification, without a container.</summary>
    public static async Task<Sandbox> PlanAsync(string? image = null)
    {
        await DockerEngine.RequireAsync();
        return new Sandbox(DockerEngine.Host(), image ?? DockerEngine.Image);
    }

    /// <summary>One that runs, whose commands go by the runner or by the engine's exec.</summary>
    public static Task<Sandbox> StartAsync(bool runner, Func<SandboxSpecification, SandboxSpecification>? change = null)
    {
        if (runner)
        {
            DockerEngine.RequireRunner();
        }

        return StartAsync(plan => (change?.Invoke(plan) ?? plan) with { RunnerFolder = runner ? RunnerFolder.FullName : null });
    }

    /// <summary>One that runs.</summary>
    public static async Task<Sandbox> StartAsync(Func<SandboxSpecification, SandboxSpecification>? change = null)
    {
        var sandbox = await PlanAsync();
        return await sandbox.EnsureAsync(change);
    }

    /// <summary>One that runs on another engine.</summary>
    public static Task<Sandbox> StartAsync(DockerEndpoint endpoint, bool runner) =>
        new Sandbox(new DockerSandboxHost(endpoint, TimeProvider.System), DockerEngine.Image).EnsureAsync(plan => plan with { RunnerFolder = runner ? RunnerFolder.FullName : null });

    public Task<CommandOutcome> RunAsync(string shell, ICommandOutput output) => RunAsync(shell, output, TimeSpan.FromSeconds(60), Test.Token);

    public Task<CommandOutcome> RunAsync(string shell, ICommandOutput output, TimeSpan timeout, CancellationToken cancellationToken) =>
        Host.RunAsync(Container.Id, new SandboxCommand($"exec_{Interlocked.Increment(ref _executions)}", [shell], true, "", timeout), output, cancellationToken);

    /// <summary>What a shell command writes to its output; it has to succeed.</summary>
    public async Task<string> ReadAsync(string shell)
    {
        var output = new RecordedOutput();
        var outcome = await RunAsync(shell, output);
        Assert.True(outcome.ExitCode == 0, $"'{shell}' ended with {outcome}: {output.Out}{output.Error}");
        return output.Out.TrimEnd('\n');
    }

    /// <summary>Every process inside with its arguments, but for the looking itself and what runs it.</summary>
    public async Task<string[]> ProcessesAsync() =>
        [.. (await ReadAsync("ps -o pid,stat,args")).Split('\n').Skip(1).Where(static line => !line.Contains("ps -o") && !line.Contains(RunnerProgram.Path))];

    /// <summary>The container, as the engine tells it to an independent client.</summary>
    public Task<JsonNode> InspectAsync() => CurlAsync("GET", $"/containers/{Specification.ContainerName}/json");

    /// <summary>Asks the test engine by another way than ours.</summary>
    public static Task<JsonNode> CurlAsync(string method, string path, JsonNode? body = null) => Curl.Async(DockerEngine.Endpoint.Address!.LocalPath, method, path, body);

    public async ValueTask DisposeAsync()
    {
        // Where it was to be the runner, it was not exec in silence.
        var problem = Specification.RunnerFolder is null || Container is null ? null : Host.WhyNoRunner(Container.Id);
        try
        {
            await Host.RemoveAsync(Specification, CancellationToken.None);
        }
        catch (OpenCodeException e) when (e.Error == OpenCodeError.SandboxUnavailable)
        {
            // The engine was the test's to stop.
        }

        await Host.DisposeAsync();
        _folder.Delete(true);
        // One that was removed meanwhile is not known any more.
        Assert.True(problem is null or Unknown, problem);
    }

    private async Task<Sandbox> EnsureAsync(Func<SandboxSpecification, SandboxSpecification>? change)
    {
        try
        {
            Specification = change?.Invoke(Specification) ?? Specification;
            Container = await Host.EnsureAsync(Specification, null, CancellationToken.None);
            Assert.True(Specification.RunnerFolder is null || Host.WhyNoRunner(Container.Id) is null, Unknown);
            return this;
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }
}
