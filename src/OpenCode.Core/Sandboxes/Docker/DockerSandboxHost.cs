using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;
using OpenCode.Common;
using OpenCode.Sandboxes.Docker.Runners;

namespace OpenCode.Sandboxes.Docker;

/// <summary>Sandboxes on a Docker Engine. Opening it asks nothing of the engine; the first call does.</summary>
public sealed class DockerSandboxHost : ISandboxHost
{
    private static readonly TimeSpan ChangeLimit = TimeSpan.FromSeconds(60);

    // Nobody at the socket is known at once. This is for one who listens and does not answer, and an engine or a process of ours on a machine that is busy to the last takes seconds.
    private static readonly TimeSpan PingLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RemoveLimit = TimeSpan.FromSeconds(30);

    private readonly DockerEndpoint _endpoint;
    private readonly EngineConnection _engine;
    private readonly EngineObjects _objects;
    private readonly SandboxRunners _runners;
    private readonly StepProbe _probe;

    /// <summary>Sandboxes on an engine.</summary>
    /// <param name="endpoint">Where the engine is.</param>
    /// <param name="time">The clock of limits and durations.</param>
    public DockerSandboxHost(DockerEndpoint endpoint, TimeProvider time)
        : this(endpoint, time, StepProbe.None)
    {
    }

    /// <summary>Sandboxes whose every step is told.</summary>
    /// <param name="endpoint">Where the engine is.</param>
    /// <param name="time">The clock of limits and durations.</param>
    /// <param name="probe">Told about every step.</param>
    public DockerSandboxHost(DockerEndpoint endpoint, TimeProvider time, StepProbe probe)
    {
        _endpoint = endpoint;
        _engine = new(endpoint, time);
        _objects = new(_engine);
        _runners = new(_engine, probe);
        _probe = probe;
    }

    /// <inheritdoc/>
    public string Endpoint => _endpoint.Display;

    /// <inheritdoc/>
    public Task PingAsync(CancellationToken cancellationToken) => _engine.PingAsync(PingLimit, cancellationToken);

    /// <inheritdoc/>
    public async Task<long> MemoryMiBAsync(CancellationToken cancellationToken) => (await _engine.InformationAsync(cancellationToken).ConfigureAwait(false)).MemTotal / (1024 * 1024);

    /// <inheritdoc/>
    public async Task<SandboxContainer?> FindAsync(SandboxSpecification specification, CancellationToken cancellationToken)
    {
        var container = await InspectAsync(specification.ContainerName, cancellationToken).ConfigureAwait(false);
        if (container is null || !SandboxLabels.Match(container.Config?.Labels, specification))
        {
            return null;
        }

        _runners.Note(container.ID, container.Mounts);
        return new(container.ID, specification.ContainerName, specification.TaskId, container.State is { Running: true }, false)
            {
                Paused = container.State is { Paused: true },
                Unused = container.State is { Status: "created" },
            };
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<SandboxObject>> ObjectsAsync(string storeId, string? taskId, CancellationToken cancellationToken) => AnsweredAsync("list what is of a store", storeId, () => _objects.ListAsync(storeId, taskId, null, cancellationToken));

    /// <inheritdoc/>
    public Task<SandboxContainer> EnsureAsync(SandboxSpecification specification, IProgress<SandboxProgress>? progress, CancellationToken cancellationToken) =>
        new SandboxCreation(_engine, specification, progress, _runners, _probe).RunAsync(cancellationToken);

    /// <inheritdoc/>
    public bool IsHeld(string containerId) => _runners.IsOpen(containerId);

    /// <inheritdoc/>
    public Task<SandboxImprint> ImprintAsync(SandboxSpecification specification, CancellationToken cancellationToken) =>
        AnsweredAsync("look at the image", specification.Image, () => ContainerImprint.OfAsync(_engine, specification, cancellationToken));

    /// <inheritdoc/>
    public Task PullAsync(string image, IProgress<SandboxProgress>? progress, CancellationToken cancellationToken) => ImagePull.RunAsync(_engine, image, progress, cancellationToken);

    /// <inheritdoc/>
    public async Task<CommandOutcome> RunAsync(string containerId, SandboxCommand command, ICommandOutput output, CancellationToken cancellationToken)
    {
        // The runner has the sandbox's own user, and no terminal.
        if (command is { User: null, Terminal: null } && await _runners.FindAsync(containerId, cancellationToken).ConfigureAwait(false) is { } link)
        {
            using var within = new RunnerRun(_engine, containerId, link, command, output, _probe);
            if (await within.RunAsync(cancellationToken).ConfigureAwait(false) is { } outcome)
            {
                return outcome;
            }
        }

        using var run = new CommandRun(_engine, containerId, command, output, _probe);
        return await run.RunAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<SandboxUsage> MeasureAsync(SandboxContainer container, CancellationToken cancellationToken) => UsageSamples.ReadAsync(_engine, container, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SandboxAddress>> AddressesAsync(string containerId, CancellationToken cancellationToken)
    {
        try
        {
            var container = await _engine.CallAsync("inspect a container", LookLimit, (client, token) => client.Containers.InspectContainerAsync(containerId, token), cancellationToken).ConfigureAwait(false);
            return
            [
                .. (container.NetworkSettings?.Networks?.Values ?? []).Where(static one => IPAddress.TryParse(one.IPAddress, out _))
                    .Select(static one => new SandboxAddress(IPAddress.Parse(one.IPAddress), IPAddress.TryParse(one.Gateway, out var gateway) ? gateway : null)),
            ];
        }
        catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return [];
        }
    }

    /// <inheritdoc/>
    public Task<SandboxEntry?> LookAsync(string containerId, string path, CancellationToken cancellationToken) => AnsweredAsync("look at", path, () => new ContainerArchive(_engine, containerId).LookAsync(path, cancellationToken));

    /// <inheritdoc/>
    public Task PutAsync(string containerId, string folder, Func<Stream, (int User, int Group), CancellationToken, Task> write, CancellationToken cancellationToken) => AnsweredAsync("copy into", folder, async () =>
    {
        await new ContainerArchive(_engine, containerId).PutAsync(folder, write, cancellationToken).ConfigureAwait(false);
        return true;
    });

    /// <inheritdoc/>
    public Task GetAsync(string containerId, string path, Func<Stream, CancellationToken, Task> read, CancellationToken cancellationToken) => AnsweredAsync("copy", path, async () =>
    {
        await new ContainerArchive(_engine, containerId).GetAsync(path, read, cancellationToken).ConfigureAwait(false);
        return true;
    });

    /// <inheritdoc/>
    public async Task EndRemainsAsync(SandboxSpecification specification, string executionId, TimeSpan age, CancellationToken cancellationToken)
    {
        if (await FindAsync(specification, cancellationToken).ConfigureAwait(false) is { Running: true, Paused: false } container)
        {
            await new ProcessTreeKiller(_engine).KillRemainsAsync(container.Id, executionId, age).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async Task<bool> PauseAsync(SandboxSpecification specification, bool paused, CancellationToken cancellationToken)
    {
        if (await FindAsync(specification, cancellationToken).ConfigureAwait(false) is not { Running: true } container)
        {
            return false;
        }

        try
        {
            await _engine.CallAsync(
                paused ? "pause a container" : "unpause a container",
                ChangeLimit,
                (client, token) => paused ? client.Containers.PauseContainerAsync(container.Id, token) : client.Containers.UnpauseContainerAsync(container.Id, token),
                CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (Answer(e) is { } answer)
        {
            // The engine refuses what is so already, and what ended meanwhile, by different codes in different versions.
            return await FindAsync(specification, cancellationToken).ConfigureAwait(false) switch
            {
                null or { Running: false } => false,
                { Paused: var now } when now == paused => true,
                _ => throw EngineErrors.Refused(paused ? "pause the container" : "unpause the container", specification.ContainerName, answer),
            };
        }
    }

    /// <inheritdoc/>
    public async Task<bool> RestartAsync(SandboxSpecification specification, CancellationToken cancellationToken)
    {
        if (await FindAsync(specification, cancellationToken).ConfigureAwait(false) is not { } container)
        {
            return false;
        }

        return await AnsweredAsync("restart the container", specification.ContainerName, async () =>
        {
            if (container.Paused)
            {
                await PauseAsync(specification, false, cancellationToken).ConfigureAwait(false);
            }

            // Its runner goes with everything in it; not that somebody takes it for alive until its stream has ended.
            await _runners.ForgetAsync(container.Id).ConfigureAwait(false);
            await _engine.CallAsync("restart a container", ChangeLimit, (client, token) => client.Containers.RestartContainerAsync(container.Id, new ContainerRestartParameters { WaitBeforeKillSeconds = 0 }, token), CancellationToken.None).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<bool> ConfigureAsync(SandboxSpecification specification, CancellationToken cancellationToken)
    {
        if (await FindAsync(specification, cancellationToken).ConfigureAwait(false) is not { } container)
        {
            return false;
        }

        return await AnsweredAsync("change the container", specification.ContainerName, async () =>
        {
            try
            {
                await _engine.CallAsync("change a container's limits", ChangeLimit, (client, token) => client.Containers.UpdateContainerAsync(container.Id, SandboxBlueprint.LimitsOf(specification), token), CancellationToken.None).ConfigureAwait(false);
            }
            catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.NotFound && e is not DockerContainerNotFoundException || e is DockerContainerNotFoundException && e.ResponseBody?.Trim() == "Not Found")
            {
                // Not the container, the call itself: Podman 4 has none.
                throw new OpenCodeException(OpenCodeError.NotSupported, $"The engine at '{_endpoint.Display}' cannot change a container that is there, as Podman 4 cannot. Remove the sandbox, set its limits, and let the next command make it with them.", specification.ContainerName, e);
            }

            await new TaskNetwork(_engine, specification, _probe).ApplyAsync(container.Id, CancellationToken.None).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task RemoveAsync(SandboxSpecification specification, CancellationToken cancellationToken) => AnsweredAsync("remove the sandbox", specification.ContainerName, async () =>
    {
        // By id from here on: the name may be somebody else's by the time the engine acts on it. Containers first: nothing else can go while they use it.
        IReadOnlyList<SandboxObject> objects =
        [
            .. specification.Pool is { } pool ? await _objects.ListAsync(specification.StoreId, null, pool, cancellationToken).ConfigureAwait(false) : [],
            .. specification.TaskId.Length > 0 ? await _objects.ListAsync(specification.StoreId, specification.TaskId, null, cancellationToken).ConfigureAwait(false) : [],
        ];
        foreach (var one in objects.Where(static one => one.Kind is SandboxObjectKind.Container or SandboxObjectKind.Network or SandboxObjectKind.Volume))
        {
            await _runners.ForgetAsync(one.Id).ConfigureAwait(false);
            await _objects.RemoveAsync(one, specification.StoreId, true, cancellationToken).ConfigureAwait(false);
            if (one.Kind is SandboxObjectKind.Container)
            {
                _probe.At(Step.ContainerRemoved);
            }
        }

        return true;
    });

    /// <inheritdoc/>
    public Task<bool> RemoveAsync(SandboxObject target, string storeId, bool force, CancellationToken cancellationToken) =>
        AnsweredAsync($"remove the {target.Kind.ToString().ToLowerInvariant()}", target.Name, () => _objects.RemoveAsync(target, storeId, force, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _runners.DisposeAsync().ConfigureAwait(false);
        _engine.Dispose();
    }

    /// <summary>Why a container's commands go by exec; null when they go by the runner in it.</summary>
    internal string? WhyNoRunner(string containerId) => _runners.WhyNot(containerId);

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

    /// <summary>A refusal that nobody expected, as our own error.</summary>
    private static async Task<T> AnsweredAsync<T>(string what, string subject, Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (DockerApiException e)
        {
            throw EngineErrors.Refused(what, subject, e);
        }
    }

    private static DockerApiException? Answer(Exception e) => e as DockerApiException ?? (e as OpenCodeException)?.InnerException as DockerApiException;

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
