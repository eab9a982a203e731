using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace OpenCode.Sandboxes.Docker;

/// <summary>Sandboxes on a Docker Engine. Opening it asks nothing of the engine; the first call does.</summary>
/// <param name="endpoint">Where the engine is.</param>
/// <param name="time">The clock of limits and durations.</param>
public sealed class DockerSandboxHost(DockerEndpoint endpoint, TimeProvider time) : ISandboxHost
{
    private static readonly TimeSpan PingLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RemoveLimit = TimeSpan.FromSeconds(30);

    private readonly EngineConnection _engine = new(endpoint, time);

    /// <inheritdoc/>
    public string Endpoint => endpoint.Display;

    /// <inheritdoc/>
    public Task PingAsync(CancellationToken cancellationToken) => _engine.PingAsync(PingLimit, cancellationToken);

    /// <inheritdoc/>
    public async Task<SandboxContainer?> FindAsync(SandboxSpecification specification, CancellationToken cancellationToken)
    {
        var container = await InspectAsync(specification.ContainerName, cancellationToken).ConfigureAwait(false);
        return container is not null && SandboxLabels.Match(container.Config?.Labels, specification)
            ? new(container.ID, specification.ContainerName, specification.TaskId, container.State is { Running: true }, false)
            : null;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SandboxContainer>> ListAsync(string storeId, CancellationToken cancellationToken)
    {
        var parameters = new ContainersListParameters
        {
            All = true,
            Filters = new Dictionary<string, IDictionary<string, bool>>
            {
                ["label"] = new Dictionary<string, bool> { [$"{SandboxLabels.Managed}=true"] = true, [$"{SandboxLabels.Store}={storeId}"] = true },
            },
        };
        try
        {
            var all = await _engine.CallAsync("list containers", LookLimit, (client, token) => client.Containers.ListContainersAsync(parameters, token), cancellationToken).ConfigureAwait(false);
            return [.. all.Select(static one => new SandboxContainer(one.ID, one.Names.FirstOrDefault("").TrimStart('/'), one.Labels[SandboxLabels.Task], one.State == "running", false))];
        }
        catch (DockerApiException e)
        {
            throw EngineErrors.Refused("list containers", null, e);
        }
    }

    /// <inheritdoc/>
    public Task<SandboxContainer> EnsureAsync(SandboxSpecification specification, IProgress<SandboxProgress>? progress, CancellationToken cancellationToken) =>
        new SandboxCreation(_engine, specification, progress).RunAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<CommandOutcome> RunAsync(string containerId, SandboxCommand command, ICommandOutput output, CancellationToken cancellationToken)
    {
        using var run = new CommandRun(_engine, containerId, command, output);
        return await run.RunAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(SandboxSpecification specification, CancellationToken cancellationToken)
    {
        // By id from here on: the name may be somebody else's by the time the engine acts on it.
        if (await FindAsync(specification, cancellationToken).ConfigureAwait(false) is { } container)
        {
            await RemoveAsync(_engine, container.Id, container.Name, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _engine.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Removes a container by its id, and returns when it is gone.</summary>
    internal static async Task RemoveAsync(EngineConnection engine, string id, string name, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(RemoveLimit, engine.Time);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            while (true)
            {
                try
                {
                    await engine.CallAsync("remove a container", RemoveLimit, (client, token) => client.Containers.RemoveContainerAsync(id, new ContainerRemoveParameters { Force = true, RemoveVolumes = true }, token), bound.Token).ConfigureAwait(false);
                    return;
                }
                catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.Conflict)
                {
                    // Somebody else is removing it; it is gone when the engine no longer knows it.
                    await Task.Delay(TimeSpan.FromMilliseconds(50), engine.Time, bound.Token).ConfigureAwait(false);
                }
            }
        }
        catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            // Gone is what was wanted.
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw EngineErrors.Late(engine.Endpoint, $"remove the container '{name}'", RemoveLimit, e);
        }
    }

    private async Task<ContainerInspectResponse?> InspectAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            var container = await _engine.CallAsync("inspect a container", LookLimit, (client, token) => client.Containers.InspectContainerAsync(name, token), cancellationToken).ConfigureAwait(false);
            // The engine also takes a prefix of an id for a name.
            return string.Equals(container.Name, "/" + name, StringComparison.Ordinal) ? container : null;
        }
        catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }
}
