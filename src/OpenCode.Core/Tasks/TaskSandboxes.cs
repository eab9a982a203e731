using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Layers;
using OpenCode.Registry;
using OpenCode.Sandboxes;

namespace OpenCode.Tasks;

/// <summary>A task's container: whatever is done to it is written down before the engine is asked, so that no container is without a trace of whose it is and what was to become of it.</summary>
internal sealed class TaskSandboxes(TaskWay way, Lazy<ISandboxHost> host, TaskMemory memory, PoolMembers pool, OpenCodeConfiguration configuration, TimeProvider clock, StepProbe probe)
{
    private const int MostRounds = 4;

    /// <summary>How often it is looked for room when nothing is committed.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    public string Endpoint => host.Value.Endpoint;

    public ISandboxHost Host => host.Value;

    public OpenCodeConfiguration Configuration => configuration;

    public PoolMembers Pool => pool;

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
        for (var round = 0; round < MostRounds; round++)
        {
            if (await TryEnsureAsync(task, actor, progress, wait, round == 0, cancellationToken).ConfigureAwait(false) is { } container)
            {
                return container;
            }
        }

        throw new OpenCodeException(OpenCodeError.SandboxFailed, $"The sandbox of task '{task.Id}' is made and removed by others again and again. Try again.", task.Id);
    }

    /// <returns>Null when what the task had from the pool is gone, and one has to be made.</returns>
    private async Task<SandboxContainer?> TryEnsureAsync(AgentTask task, Actor actor, IProgress<SandboxProgress>? progress, TimeSpan wait, bool first, CancellationToken cancellationToken)
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
            var ask = first && known is null or { State: SandboxState.Planned, Deed: null } ? await pool.AskAsync(task.Id, image, known, cancellationToken).ConfigureAwait(false) : null;
            if (ask?.Fingerprint is null)
            {
                // No note of a container that no engine was there to make: it would have to be removed one day.
                await host.Value.PingAsync(cancellationToken).ConfigureAwait(false);
            }

            var share = await ShareAsync(cancellationToken).ConfigureAwait(false);
            known = await BeginAsync(new BeginSandbox(task.Id, SandboxDeed.Create, Specification(task.Id, image).ContainerName, image, actor) { Share = share, Pool = ask }, wait, cancellationToken).ConfigureAwait(false);
            probe.At(Step.SandboxIntended);
        }

        var specification = Specification(known!);
        if (settled && known!.ContainerId is { } held && host.Value.IsHeld(held))
        {
            // Looked at when it was taken hold of. One that somebody has paused since says so by itself.
            return new SandboxContainer(held, specification.ContainerName, task.Id, true, false);
        }

        try
        {
            if (!settled)
            {
                // What had to make room for it.
                await pool.RemoveDiscardedAsync(cancellationToken).ConfigureAwait(false);
            }

            if (known!.Pool is not null)
            {
                return await FromPoolAsync(known, specification, settled, progress, cancellationToken).ConfigureAwait(false);
            }

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

    /// <summary>What is on the engine of the store, or of one task; what a task took from the pool is the task's.</summary>
    public async Task<IReadOnlyList<SandboxObject>> ObjectsAsync(string? taskId, CancellationToken cancellationToken)
    {
        var pooled = taskId is null || await way.Registry.SandboxAsync(taskId, cancellationToken).ConfigureAwait(false) is { Pool: not null };
        var objects = await host.Value.ObjectsAsync(way.Registry.StoreId, pooled ? null : taskId, cancellationToken).ConfigureAwait(false);
        if (!pooled || objects.All(static one => one.Pool is null))
        {
            return objects;
        }

        var owners = Owners(await way.Registry.SandboxesAsync(cancellationToken).ConfigureAwait(false));
        return [.. objects.Select(one => one.Pool is { } id && owners.TryGetValue(id, out var owner) ? one with { TaskId = owner } : one).Where(one => taskId is null || one.TaskId == taskId)];
    }

    /// <summary>Whose each container is that came from the pool.</summary>
    public static Dictionary<string, string> Owners(IReadOnlyList<SandboxRow> rows) => rows.Where(static row => row.Pool is not null).ToDictionary(static row => row.Pool!, static row => row.TaskId, StringComparer.Ordinal);

    /// <summary>What the sandboxes of the store may take together.</summary>
    public async Task<SandboxShare> ShareAsync(CancellationToken cancellationToken)
    {
        var memory = configuration.DockerMemoryShare == 0 ? 0 : await host.Value.MemoryMiBAsync(cancellationToken).ConfigureAwait(false) * configuration.DockerMemoryShare / 100;
        return new SandboxShare(configuration.DockerMostSandboxes, memory, configuration.DockerMemoryMiB);
    }

    public Task<CommandOutcome> RunAsync(SandboxContainer container, SandboxCommand command, ICommandOutput output, CancellationToken cancellationToken) =>
        host.Value.RunAsync(container.Id, command, output, cancellationToken);

    /// <summary>Removes everything on the engine of a task that may be gone already.</summary>
    public Task RemoveObjectsAsync(PendingDeletion deletion, CancellationToken cancellationToken) =>
        RemoveObjectsAsync(Specification(deletion.TaskId, configuration.DockerImage) with { Pool = deletion.Pool }, cancellationToken);

    /// <summary>Removes everything of a task on the engine, and what leads from there to its workspace.</summary>
    public async Task RemoveObjectsAsync(SandboxSpecification specification, CancellationToken cancellationToken)
    {
        await host.Value.RemoveAsync(specification, cancellationToken).ConfigureAwait(false);
        pool.Clear(specification.Pool);
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
            await LogRefusalAsync(task.Id, e).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The image a task's sandbox is made from.</summary>
    /// <exception cref="OpenCodeException">AccessDenied: not among the allowed ones.</exception>
    public string ImageOf(AgentTask task)
    {
        var image = task.Image ?? configuration.DockerImage;
        Allow(image);
        return image;
    }

    /// <summary>Refuses an image that is not among the allowed ones.</summary>
    /// <exception cref="OpenCodeException">AccessDenied.</exception>
    public void Allow(string image)
    {
        if (!ImageRule.Allows(configuration.DockerAllowedImages, image))
        {
            throw new OpenCodeException(OpenCodeError.AccessDenied, $"The image '{image}' is not among the allowed ones ({string.Join(", ", configuration.DockerAllowedImages)}). Take one of them, or have docker.allowedImages changed.", image);
        }
    }

    /// <summary>What a task's container is to be, as the registry has it.</summary>
    public SandboxSpecification Specification(SandboxRow row) => Specification(row.TaskId, row.Image) with
    {
        ContainerName = row.ContainerName,
        Network = row.Network,
        MemoryMiB = row.MemoryMiB ?? configuration.DockerMemoryMiB,
        CpuShares = row.CpuShares ?? configuration.DockerCpuShares,
        PidsLimit = row.PidsLimit ?? configuration.DockerPidsLimit,
        Pool = row.Pool,
    };

    /// <summary>What a task's container is by the configuration alone.</summary>
    public SandboxSpecification Specification(string taskId, string image) => SandboxProfile.Of(configuration, way.Registry.StoreId, taskId, image, way.Folder(taskId).Workspace);

    /// <summary>The container a task took from the pool, with its folder as the task's workspace.</summary>
    /// <returns>Null when it cannot be used, which is noted then.</returns>
    private async Task<SandboxContainer?> FromPoolAsync(SandboxRow row, SandboxSpecification specification, bool settled, IProgress<SandboxProgress>? progress, CancellationToken cancellationToken)
    {
        var container = await host.Value.FindAsync(specification, cancellationToken).ConfigureAwait(false);
        // The folder before the container is used or started, whoever did half of it.
        var usable = container is not null && ((settled && container.Running) || await pool.GiveAsync(row, cancellationToken).ConfigureAwait(false));
        if (!usable)
        {
            await GiveUpAsync(row).ConfigureAwait(false);
            return null;
        }

        if (container!.Paused)
        {
            throw Frozen(row.TaskId);
        }

        if (!container.Running)
        {
            container = await host.Value.EnsureAsync(specification, progress, cancellationToken).ConfigureAwait(false);
        }
        else if (settled && row.ContainerId == container.Id)
        {
            return container;
        }

        probe.At(Step.SandboxCreated);
        return await KeptAsync(row, container, settled).ConfigureAwait(false);
    }

    /// <summary>Goes back to a sandbox that is made for its task; what it had from the pool is removed.</summary>
    public async Task GiveUpAsync(SandboxRow row)
    {
        if (row.State is SandboxState.Planned)
        {
            await way.Registry.WriteAsync(new AbandonPool(row, Specification(row.TaskId, row.Image).ContainerName), CancellationToken.None).ConfigureAwait(false);
            await pool.RemoveDiscardedAsync(CancellationToken.None).ConfigureAwait(false);
            return;
        }

        await RemoveObjectsAsync(Specification(row), CancellationToken.None).ConfigureAwait(false);
        await way.ChangeAsync(row.TaskId, new CorrectSandbox(row, SandboxState.Planned, null) { News = Gone() }, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>What a task is told whose container is not there any more.</summary>
    public static SandboxNews Gone() =>
        new(TaskEvent.SandboxLost, LogLevel.Warn, "The sandbox's container is gone from the engine; what ran in it and its /tmp are lost, the workspace is there. The next command makes a new one");

    /// <summary>Notes it once there is room. Of several that wait, whoever came first has it first.</summary>
    private async Task<SandboxRow> BeginAsync(BeginSandbox write, TimeSpan wait, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        using var watch = wait > TimeSpan.Zero ? way.Registry.Watch() : null;
        long? ticket = null;
        try
        {
            while (true)
            {
                try
                {
                    var row = await way.Registry.WriteAsync(write with { Ticket = ticket }, cancellationToken).ConfigureAwait(false);
                    ticket = null;
                    return row;
                }
                catch (OpenCodeException e) when (e.Error is OpenCodeError.LimitExceeded && wait > clock.GetElapsedTime(began))
                {
                    var left = wait - clock.GetElapsedTime(began);
                    ticket ??= await way.Registry.WriteAsync(new WaitForRoom(write.TaskId, left), cancellationToken).ConfigureAwait(false);
                    await watch!.ChangedAsync(left < TimeSpan.Zero ? TimeSpan.Zero : left < LookEvery ? left : LookEvery, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            if (ticket is { } unused)
            {
                await way.Registry.WriteAsync(new LeaveRoomLine(unused), CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Tells a task's log that something was refused.</summary>
    public async Task LogRefusalAsync(string taskId, OpenCodeException refusal) =>
        await memory.LogAsync(taskId, LogLevel.Warn, refusal.Message, null, Actor.Operator, CancellationToken.None).ConfigureAwait(false);

    private async Task<SandboxContainer> KeptAsync(SandboxRow row, SandboxContainer container, bool settled)
    {
        var news = row.ContainerId == container.Id
            ? new SandboxNews(TaskEvent.SandboxResumed, LogLevel.Info, "Sandbox started again")
            : new SandboxNews(TaskEvent.SandboxCreated, LogLevel.Info, row.Pool is null ? $"Sandbox made from {row.Image}" : $"Sandbox taken from the pool, made from {row.Image}");
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
            pool.Clear(row.Pool);
            throw;
        }
    }

    /// <summary>Takes the note back when the engine is known to have made nothing, and otherwise leaves it to the next process that looks.</summary>
    private async Task LeaveAsync(SandboxRow row, Exception e)
    {
        try
        {
            // One from the pool may be without its folder yet: whoever comes next looks, and goes on.
            if (e is OpenCodeException { Error: OpenCodeError.SandboxUnavailable } || row is { Pool: not null, State: SandboxState.Planned })
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
