using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Layers;
using OpenCode.Registry;
using OpenCode.Sandboxes;

namespace OpenCode.Tasks;

/// <summary>A task's container: whatever is done to it is written down before the engine is asked, so that no container is without a trace of whose it is and what was to become of it.</summary>
internal sealed class TaskSandboxes(TaskWay way, Lazy<ISandboxHost> host, TaskMemory memory, OpenCodeConfiguration configuration, TimeProvider clock, StepProbe probe)
{
    /// <summary>How often it is looked for room when nothing is committed.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    public string Endpoint => host.Value.Endpoint;

    public ISandboxHost Host => host.Value;

    public OpenCodeConfiguration Configuration => configuration;

    public Task PingAsync(CancellationToken cancellationToken) => host.Value.PingAsync(cancellationToken);

    /// <summary>The running container of a task, made when it is not there.</summary>
    /// <param name="task">The task.</param>
    /// <param name="actor">In whose name.</param>
    /// <param name="progress">Told about the image pull.</param>
    /// <param name="wait">How long to wait for room, when all sandboxes together take what they may.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpenCodeException">SandboxUnavailable, SandboxFailed; LimitExceeded: there is no room for another; AccessDenied: the image is not among the allowed ones; LockHeld: it is being removed or suspended; TaskNotFound: deleted meanwhile, and then no container is left.</exception>
    public async Task<SandboxContainer> EnsureAsync(AgentTask task, Actor actor, IProgress<SandboxProgress>? progress, TimeSpan wait, CancellationToken cancellationToken)
    {
        var known = await way.Registry.SandboxAsync(task.Id, cancellationToken).ConfigureAwait(false);
        if (known is { State: SandboxState.Suspended, Deed: null })
        {
            throw Frozen(task.Id);
        }

        // Nearly always it is there, and the registry has nothing to learn.
        var settled = known is { Deed: null, State: SandboxState.Present };
        if (!settled)
        {
            var image = known?.ContainerId is not null ? known.Image : await AllowedImageAsync(task).ConfigureAwait(false);
            // No note of a container that no engine was there to make: it would have to be removed one day.
            await host.Value.PingAsync(cancellationToken).ConfigureAwait(false);
            var share = await ShareAsync(cancellationToken).ConfigureAwait(false);
            known = await BeginAsync(new BeginSandbox(task.Id, SandboxDeed.Create, Specification(task.Id, image).ContainerName, image, actor) { Share = share }, wait, cancellationToken).ConfigureAwait(false);
            probe.At(Step.SandboxIntended);
        }

        var specification = Specification(known!);
        try
        {
            // A link here would show the sandbox what is outside the task's folder.
            TaskFolder.Make(way.Folder(task.Id).Contained(specification.Workspace));
            var container = await host.Value.EnsureAsync(specification, progress, cancellationToken).ConfigureAwait(false);
            if (container.Paused)
            {
                throw Frozen(task.Id);
            }

            if (settled && known!.ContainerId == container.Id && !container.Started)
            {
                return container;
            }

            probe.At(Step.SandboxCreated);
            return await KeptAsync(known!, container, settled).ConfigureAwait(false);
        }
        catch (Exception e) when (!settled && e is not OpenCodeException { Error: OpenCodeError.TaskNotFound })
        {
            await LeaveAsync(known!, e).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>What the sandboxes of the store may take together.</summary>
    public async Task<SandboxShare> ShareAsync(CancellationToken cancellationToken)
    {
        var memory = configuration.DockerMemoryShare == 0 ? 0 : await host.Value.MemoryMiBAsync(cancellationToken).ConfigureAwait(false) * configuration.DockerMemoryShare / 100;
        return new SandboxShare(configuration.DockerMostSandboxes, memory, configuration.DockerMemoryMiB);
    }

    public Task<CommandOutcome> RunAsync(SandboxContainer container, SandboxCommand command, ICommandOutput output, CancellationToken cancellationToken) =>
        host.Value.RunAsync(container.Id, command, output, cancellationToken);

    /// <summary>Removes everything on the engine of a task that may be gone already.</summary>
    public async Task RemoveObjectsAsync(string taskId, CancellationToken cancellationToken)
    {
        await host.Value.RemoveAsync(Specification(taskId, configuration.DockerImage), cancellationToken).ConfigureAwait(false);
        probe.At(Step.SandboxRemoved);
    }

    /// <summary>The image a task's sandbox is made from; that another is refused is told in the task's log.</summary>
    /// <exception cref="OpenCodeException">AccessDenied: not among the allowed ones.</exception>
    public async Task<string> AllowedImageAsync(AgentTask task)
    {
        try
        {
            return ImageOf(task);
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.AccessDenied)
        {
            await memory.LogAsync(task.Id, LogLevel.Warn, e.Message, null, Actor.Operator, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The image a task's sandbox is made from.</summary>
    /// <exception cref="OpenCodeException">AccessDenied: not among the allowed ones.</exception>
    public string ImageOf(AgentTask task)
    {
        var image = task.Image ?? configuration.DockerImage;
        return ImageRule.Allows(configuration.DockerAllowedImages, image)
            ? image
            : throw new OpenCodeException(OpenCodeError.AccessDenied, $"The image '{image}' is not among the allowed ones ({string.Join(", ", configuration.DockerAllowedImages)}). Take one of them, or have docker.allowedImages changed.", image);
    }

    /// <summary>What a task's container is to be, as the registry has it.</summary>
    public SandboxSpecification Specification(SandboxRow row) => Specification(row.TaskId, row.Image) with
    {
        ContainerName = row.ContainerName,
        Network = row.Network,
        MemoryMiB = row.MemoryMiB ?? configuration.DockerMemoryMiB,
        CpuShares = row.CpuShares ?? configuration.DockerCpuShares,
        PidsLimit = row.PidsLimit ?? configuration.DockerPidsLimit,
    };

    /// <summary>What a task's container is by the configuration alone.</summary>
    public SandboxSpecification Specification(string taskId, string image) => new()
    {
        StoreId = way.Registry.StoreId,
        TaskId = taskId,
        Image = image,
        Workspace = way.Folder(taskId).Workspace,
        Owner = ProcessIdentity.Current,
        MemoryMiB = configuration.DockerMemoryMiB,
        CpuShares = configuration.DockerCpuShares,
        PidsLimit = configuration.DockerPidsLimit,
        NamePrefix = configuration.DockerNetworkPrefix,
        Runtime = configuration.DockerRuntime,
    };

    /// <summary>Notes it once there is room. Of several that wait, whoever looks first has it.</summary>
    private async Task<SandboxRow> BeginAsync(BeginSandbox write, TimeSpan wait, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        using var watch = wait > TimeSpan.Zero ? way.Registry.Watch() : null;
        while (true)
        {
            try
            {
                return await way.Registry.WriteAsync(write, cancellationToken).ConfigureAwait(false);
            }
            catch (OpenCodeException e) when (e.Error is OpenCodeError.LimitExceeded && wait > clock.GetElapsedTime(began))
            {
                var left = wait - clock.GetElapsedTime(began);
                await watch!.ChangedAsync(left < TimeSpan.Zero ? TimeSpan.Zero : left < LookEvery ? left : LookEvery, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<SandboxContainer> KeptAsync(SandboxRow row, SandboxContainer container, bool settled)
    {
        var news = row.ContainerId == container.Id
            ? new SandboxNews(TaskEvent.SandboxResumed, LogLevel.Info, "Sandbox started again")
            : new SandboxNews(TaskEvent.SandboxCreated, LogLevel.Info, $"Sandbox made from {row.Image}");
        RegistryWrite<TaskChange> write = settled
            ? new CorrectSandbox(row, SandboxState.Present, container.Id) { News = news }
            : new EndSandbox(row.TaskId, SandboxDeed.Create, SandboxState.Present, container.Id) { News = news };
        try
        {
            await way.ChangeAsync(row.TaskId, write, CancellationToken.None).ConfigureAwait(false);
            return container;
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.TaskNotFound)
        {
            // Deleted between the note and the engine's answer: the deletion may have looked for the container before it was there.
            await host.Value.RemoveAsync(Specification(row), CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes the note back when the engine is known to have made nothing, and otherwise leaves it to the next process that looks.</summary>
    private async Task LeaveAsync(SandboxRow row, Exception e)
    {
        try
        {
            if (e is OpenCodeException { Error: OpenCodeError.SandboxUnavailable })
            {
                await way.Registry.WriteAsync(new LeaveSandbox(row.TaskId, SandboxDeed.Create), CancellationToken.None).ConfigureAwait(false);
                return;
            }

            var container = await host.Value.FindAsync(Specification(row), CancellationToken.None).ConfigureAwait(false);
            var state = container switch { null => SandboxState.Planned, { Running: false } => SandboxState.Stopped, { Paused: true } => SandboxState.Suspended, _ => SandboxState.Present };
            await way.ChangeAsync(row.TaskId, new EndSandbox(row.TaskId, SandboxDeed.Create, state, container?.Id), CancellationToken.None).ConfigureAwait(false);
        }
        catch (OpenCodeException)
        {
            // Why the sandbox could not be had is the error to tell; a note that could not be taken back is brought in order by the next sweep, once this process is gone.
        }
    }

    private static OpenCodeException Frozen(string taskId) =>
        new(OpenCodeError.SandboxFailed, $"The sandbox of task '{taskId}' is suspended, and nothing can be run in it. Resume it with Resume-OcSandbox first.", taskId);
}
