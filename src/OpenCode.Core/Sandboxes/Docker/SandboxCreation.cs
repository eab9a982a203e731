using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;
using OpenCode.Common;
using OpenCode.Sandboxes.Docker.Runners;

namespace OpenCode.Sandboxes.Docker;

/// <summary>Makes a task's container, or takes the one that is there. Any number of processes may do this at once for one task.</summary>
internal sealed class SandboxCreation(EngineConnection engine, SandboxSpecification specification, IProgress<SandboxProgress>? progress, SandboxRunners runners, StepProbe probe)
{
    /// <summary>
    /// How long the name may be taken without a container of that name being there: the engine gives the name to somebody's
    /// creation before it shows the container, and keeps it while it removes one.
    /// </summary>
    private static readonly TimeSpan NameLimit = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan NamePause = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan CreateLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(10);

    private readonly string _name = specification.ContainerName;

    public async Task<SandboxContainer> RunAsync(CancellationToken cancellationToken)
    {
        var information = await engine.InformationAsync(cancellationToken).ConfigureAwait(false);
        var user = SandboxUser.Prepare(specification.Workspace, information);
        var began = engine.Time.GetTimestamp();
        var pulled = false;
        while (true)
        {
            try
            {
                // What is there comes first: it is taken whether or not its image could be had again.
                return await AdoptAsync(cancellationToken).ConfigureAwait(false) ?? await CreateAsync(user, information, cancellationToken).ConfigureAwait(false);
            }
            catch (DockerImageNotFoundException) when (!pulled)
            {
                await ImagePull.RunAsync(engine, specification.Image, progress, cancellationToken).ConfigureAwait(false);
                pulled = true;
                began = engine.Time.GetTimestamp();
            }
            catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.Conflict || e is DockerContainerNotFoundException)
            {
                // Somebody else has the name since we looked, or removed the container that we had just made.
                if (engine.Time.GetElapsedTime(began) > NameLimit)
                {
                    throw EngineErrors.Refused("create the container", _name, e);
                }

                await Task.Delay(NamePause, engine.Time, cancellationToken).ConfigureAwait(false);
            }
            catch (DockerApiException e)
            {
                throw EngineErrors.Refused($"create a container of '{specification.Image}' as", _name, e);
            }
        }
    }

    private async Task<SandboxContainer> CreateAsync(string user, SystemInfoResponse information, CancellationToken cancellationToken)
    {
        if (specification is { Pool: not null, TaskId.Length: > 0 })
        {
            // Another would have a task's label and the pool's name, and be found by neither.
            throw new OpenCodeException(OpenCodeError.SandboxFailed, $"The sandbox '{_name}' was removed from the engine at this moment. Run the command again: it makes a new one.", _name);
        }

        // Engines refuse this with different codes, some of them only at the start.
        if (specification.Runtime is { } runtime && information.Runtimes?.ContainsKey(runtime) is false)
        {
            throw new OpenCodeException(
                OpenCodeError.NotSupported,
                $"The Docker Engine at '{engine.Endpoint.Display}' has no runtime '{runtime}', which docker.runtime asks for; it has {string.Join(", ", information.Runtimes.Keys.Order(StringComparer.Ordinal))}. Add it to the engine's daemon.json and restart the engine, or choose another.",
                runtime);
        }

        cancellationToken.ThrowIfCancellationRequested();
        var runner = await RunnerMount.SourceAsync(engine, specification, cancellationToken).ConfigureAwait(false);
        string id;
        try
        {
            try
            {
                id = await MakeAsync(user, runner).ConfigureAwait(false);
            }
            catch (OpenCodeException e) when (runner is not null && e.InnerException is DockerApiException { ResponseBody: { } answer } && answer.Contains(runner, StringComparison.Ordinal))
            {
                // The engine does not see the file, or does not mount one: its commands go by exec.
                runner = null;
                id = await MakeAsync(user, null).ConfigureAwait(false);
            }
        }
        catch (OpenCodeException e) when (e.InnerException is DockerApiException { ResponseBody: { } answer } && answer.Contains("bind source path", StringComparison.Ordinal))
        {
            throw new OpenCodeException(OpenCodeError.SandboxFailed, $"The Docker Engine at '{engine.Endpoint.Display}' does not see the workspace '{specification.Workspace}'; it runs on another machine, or the folder is not shared with it (Docker Desktop: Settings, Resources, File sharing).", specification.Workspace, e);
        }

        catch (OpenCodeException e) when (e.InnerException is DockerApiException answer)
        {
            throw EngineErrors.Refused($"create a container of '{specification.Image}' as", _name, answer);
        }

        try
        {
            probe.At(Step.ContainerMade);
            if (runner is not null)
            {
                runners.Note(id);
            }

            cancellationToken.ThrowIfCancellationRequested();
            await new SleepCheck(engine).RequireAsync(id, specification.Image).ConfigureAwait(false);
            await ConnectAsync(id).ConfigureAwait(false);
            await StartAsync(id).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            return new(id, _name, specification.TaskId, true, true) { Started = true };
        }
        catch
        {
            await DockerSandboxHost.RemoveAsync(engine, id, _name, CancellationToken.None).ConfigureAwait(false);
            await new TaskNetwork(engine, specification, probe).RemoveAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Has it created. Not given the caller's token: cancelled half-way, nobody would know whether there is a container now.</summary>
    private async Task<string> MakeAsync(string user, string? runner)
    {
        var created = await engine.CallAsync("create a container", CreateLimit, (client, token) => client.Containers.CreateContainerAsync(SandboxBlueprint.For(specification, user, runner), token), CancellationToken.None).ConfigureAwait(false);
        foreach (var warning in created.Warnings ?? [])
        {
            // Such as a kernel that cannot enforce one of the limits.
            progress?.Report(new($"Creating {_name}", warning, null));
        }

        return created.ID;
    }

    /// <summary>Takes the container that has our name, if it is ours.</summary>
    /// <returns>Null when there is none.</returns>
    private async Task<SandboxContainer?> AdoptAsync(CancellationToken cancellationToken)
    {
        try
        {
            var present = await engine.CallAsync("inspect a container", LookLimit, (client, token) => client.Containers.InspectContainerAsync(_name, token), cancellationToken).ConfigureAwait(false);
            if (!SandboxLabels.Match(present.Config?.Labels, specification))
            {
                throw new OpenCodeException(OpenCodeError.SandboxFailed, $"A container '{_name}' is there that is not this task's sandbox; it is left alone. Remove or rename it, or choose another docker.networkPrefix.", _name);
            }

            if (present.State is { Status: "removing" } or { Dead: true })
            {
                await DockerSandboxHost.RemoveAsync(engine, present.ID, _name, cancellationToken).ConfigureAwait(false);
                return null;
            }

            runners.Note(present.ID, present.Mounts);
            var started = present.State is not { Running: true };
            if (started)
            {
                // Its maker may have died before it came to the network. Also when that one is about to start it: starting what runs already does nothing.
                await ConnectAsync(present.ID).ConfigureAwait(false);
                await StartAsync(present.ID).ConfigureAwait(false);
            }

            return new(present.ID, _name, specification.TaskId, true, false) { Started = started, Paused = present.State is { Paused: true } };
        }
        catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Containers are made without a network, which can be changed at any time; one that was made with a network of its own could not be started without it.</summary>
    private Task ConnectAsync(string id) => specification.Network is SandboxNetwork.None ? Task.CompletedTask : new TaskNetwork(engine, specification, probe).ApplyAsync(id, CancellationToken.None);

    private async Task StartAsync(string id)
    {
        try
        {
            await engine.CallAsync("start a container", StartLimit, (client, token) => client.Containers.StartContainerAsync(id, new ContainerStartParameters(), token), CancellationToken.None).ConfigureAwait(false);
        }
        catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.Conflict)
        {
            throw EngineErrors.Refused("start the container", _name, e);
        }
        catch (OpenCodeException e) when (e.InnerException is DockerApiException answer)
        {
            throw EngineErrors.Refused("start the container", _name, answer);
        }
    }
}
