using System.Globalization;
using OpenCode.Common;
using OpenCode.Registry;
using OpenCode.Sandboxes;

namespace OpenCode.Tasks;

/// <summary>The life of sandboxes: what an operator does with them besides running commands.</summary>
/// <remarks>Every change is in the operator's name, moves no agent's fence on, and is told in the task's log.</remarks>
public sealed class SandboxService
{
    private readonly TaskWay _way;
    private readonly TaskSandboxes _sandboxes;
    private readonly StepProbe _probe;

    internal SandboxService(TaskWay way, TaskSandboxes sandboxes, StepProbe probe)
    {
        _way = way;
        _sandboxes = sandboxes;
        _probe = probe;
    }

    /// <summary>The sandboxes of tasks, in order of the tasks' ids.</summary>
    /// <param name="task">Only of this task; null for all.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <returns>Nothing for a task that has none.</returns>
    /// <exception cref="OpenCodeException">TaskNotFound; SandboxUnavailable: how sandboxes stand is known to the engine alone.</exception>
    public async Task<IReadOnlyList<TaskSandbox>> ListAsync(string? task, CancellationToken cancellationToken)
    {
        var id = task is null ? null : await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        var rows = await RowsAsync(id, cancellationToken).ConfigureAwait(false);
        if (rows.All(static row => row is { ContainerId: null, Deed: null }))
        {
            return [.. rows.Select(row => Shown(row, null))]; // plans, of which no engine knows
        }

        // The rows once more after the engine: what it shows was written down before.
        var containers = (await _sandboxes.ObjectsAsync(id, cancellationToken).ConfigureAwait(false)).Where(static one => one.Kind is SandboxObjectKind.Container).ToLookup(static one => one.Name, StringComparer.Ordinal);
        return [.. (await RowsAsync(id, cancellationToken).ConfigureAwait(false)).Select(row => Shown(row, containers[row.ContainerName].FirstOrDefault()))];
    }

    /// <summary>Freezes everything in a task's sandbox: no CPU time is used, memory stays. What is frozen already stays so.</summary>
    /// <exception cref="OpenCodeException">SandboxFailed: the task has no running sandbox; LockHeld: another process is at it.</exception>
    public Task<TaskSandbox> SuspendAsync(string task, CancellationToken cancellationToken) => PauseAsync(task, true, cancellationToken);

    /// <summary>Lets a frozen sandbox go on; one that has stopped is started again.</summary>
    /// <exception cref="OpenCodeException">SandboxFailed: the task has no sandbox; LockHeld: another process is at it.</exception>
    public Task<TaskSandbox> ResumeAsync(string task, CancellationToken cancellationToken) => PauseAsync(task, false, cancellationToken);

    /// <summary>Ends everything in a task's sandbox and starts it again. The workspace stays.</summary>
    /// <exception cref="OpenCodeException">SandboxFailed: the task has no sandbox; LockHeld: another process is at it.</exception>
    public async Task<TaskSandbox> RestartAsync(string task, CancellationToken cancellationToken)
    {
        var row = await BeginAsync(task, SandboxDeed.Resume, null, cancellationToken).ConfigureAwait(false);
        return await FinishAsync(row, SandboxDeed.Resume, async () =>
        {
            var done = await _sandboxes.Host.RestartAsync(_sandboxes.Specification(row), cancellationToken).ConfigureAwait(false);
            return done ? (SandboxState.Present, new SandboxNews(TaskEvent.SandboxResumed, LogLevel.Info, "Sandbox restarted by the operator")) : throw Gone(row);
        }).ConfigureAwait(false);
    }

    /// <summary>Changes what a sandbox may use and reach; one that runs at once. What is set stays set when the container goes, until the task goes.</summary>
    /// <param name="task">The task.</param>
    /// <param name="settings">What to change.</param>
    /// <param name="cancellationToken">Ends it before it has begun.</param>
    /// <exception cref="OpenCodeException">InvalidArgument: nothing is to be changed, or a limit is none; SandboxFailed: the engine refuses it; LockHeld: another process is at it.</exception>
    public async Task<TaskSandbox> ConfigureAsync(string task, SandboxSettings settings, CancellationToken cancellationToken)
    {
        if (settings is { Network: null, MemoryMiB: null, CpuShares: null, PidsLimit: null })
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, "Nothing to change was given. Give a network or a limit.", task);
        }

        Check(settings.MemoryMiB, 6, 16_777_216, "memory in MiB");
        Check(settings.CpuShares, 2, 262_144, "CPU shares");
        Check(settings.PidsLimit, 1, 4_194_304, "processes");
        var id = await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        var before = await _way.Registry.SandboxAsync(id, cancellationToken).ConfigureAwait(false);
        var row = await BeginAsync(id, SandboxDeed.Configure, settings, cancellationToken).ConfigureAwait(false);
        return await FinishAsync(row, SandboxDeed.Configure, async () =>
        {
            var done = row.ContainerId is not null && await ConfigureAsync(row, before!, cancellationToken).ConfigureAwait(false);
            return (done ? row.State is SandboxState.Planned ? SandboxState.Present : row.State : SandboxState.Planned, Changed(row, _sandboxes));
        }).ConfigureAwait(false);
    }

    /// <summary>Removes a task's sandbox with everything that runs in it, and its network. The workspace stays, and so does what was set; the next command makes a new one.</summary>
    /// <exception cref="OpenCodeException">SandboxFailed: the task has none; SandboxUnavailable: it is removed when an engine answers again; LockHeld: another process is at it.</exception>
    public async Task RemoveAsync(string task, CancellationToken cancellationToken)
    {
        var id = await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        if (await _way.Registry.SandboxAsync(id, cancellationToken).ConfigureAwait(false) is not { } known || known is { State: SandboxState.Planned, Deed: null })
        {
            throw None(id);
        }

        var row = await _way.Registry.WriteAsync(new BeginSandbox(id, SandboxDeed.Remove, known.ContainerName, known.Image, Actor.Operator), cancellationToken).ConfigureAwait(false);
        _probe.At(Step.SandboxIntended);
        await FinishAsync(row, SandboxDeed.Remove, async () =>
        {
            await RemoveObjectsAsync(row).ConfigureAwait(false);
            return (SandboxState.Planned, new SandboxNews(TaskEvent.SandboxRemoved, LogLevel.Info, "Sandbox removed by the operator"));
        }).ConfigureAwait(false);
    }

    internal Task RemoveObjectsAsync(SandboxRow row) => _sandboxes.RemoveObjectsAsync(_sandboxes.Specification(row), CancellationToken.None);

    /// <summary>What the task's log says of changed settings.</summary>
    internal static SandboxNews Changed(SandboxRow row, TaskSandboxes sandboxes)
    {
        var now = sandboxes.Specification(row);
        return new SandboxNews(TaskEvent.SandboxChanged, LogLevel.Info, string.Create(CultureInfo.InvariantCulture, $"Sandbox changed by the operator: network {now.Network}, memory {now.MemoryMiB} MiB, CPU shares {now.CpuShares}, processes {now.PidsLimit}"));
    }

    private static void Check(int? value, int least, int most, string what)
    {
        if (value < least || value > most)
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, string.Create(CultureInfo.InvariantCulture, $"A limit of {value} is not possible for {what}. Give {least} to {most}."));
        }
    }

    private async Task<bool> ConfigureAsync(SandboxRow row, SandboxRow before, CancellationToken cancellationToken)
    {
        try
        {
            return await _sandboxes.Host.ConfigureAsync(_sandboxes.Specification(row), cancellationToken).ConfigureAwait(false);
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.NotSupported)
        {
            // An engine that cannot do it at all has changed nothing.
            await _way.Registry.WriteAsync(new RevertSandbox(row, before), CancellationToken.None).ConfigureAwait(false);
            await _way.ChangeAsync(row.TaskId, new EndSandbox(row.TaskId, SandboxDeed.Configure, before.State, before.ContainerId), CancellationToken.None).ConfigureAwait(false);
            throw;
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.SandboxFailed or OpenCodeError.LimitExceeded)
        {
            // Refused, such as less memory than is in use. What was set before holds on, in the registry first.
            await _way.Registry.WriteAsync(new RevertSandbox(row, before), CancellationToken.None).ConfigureAwait(false);
            await _sandboxes.Host.ConfigureAsync(_sandboxes.Specification(before), CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<TaskSandbox> PauseAsync(string task, bool paused, CancellationToken cancellationToken)
    {
        var deed = paused ? SandboxDeed.Suspend : SandboxDeed.Resume;
        var row = await BeginAsync(task, deed, null, cancellationToken).ConfigureAwait(false);
        return await FinishAsync(row, deed, async () =>
        {
            var specification = _sandboxes.Specification(row);
            var done = await _sandboxes.Host.PauseAsync(specification, paused, cancellationToken).ConfigureAwait(false)
                || (!paused && await _sandboxes.Host.RestartAsync(specification, cancellationToken).ConfigureAwait(false));
            return !done ? throw Gone(row)
                : paused ? (SandboxState.Suspended, new SandboxNews(TaskEvent.SandboxSuspended, LogLevel.Info, "Sandbox suspended by the operator"))
                : (SandboxState.Present, new SandboxNews(TaskEvent.SandboxResumed, LogLevel.Info, "Sandbox resumed by the operator"));
        }).ConfigureAwait(false);
    }

    private async Task<SandboxRow> BeginAsync(string task, SandboxDeed deed, SandboxSettings? settings, CancellationToken cancellationToken)
    {
        var id = await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        var (held, row) = await _way.EnterAsync(id, cancellationToken).ConfigureAwait(false);
        held.Dispose();
        var known = await _way.Registry.SandboxAsync(id, cancellationToken).ConfigureAwait(false);
        if (known?.ContainerId is null && deed is not SandboxDeed.Configure)
        {
            throw None(id);
        }

        if (known?.ContainerId is not null)
        {
            await _sandboxes.PingAsync(cancellationToken).ConfigureAwait(false);
        }

        var image = known?.Image ?? await _sandboxes.AllowedImageAsync(row.Task).ConfigureAwait(false);
        var begun = await _way.Registry.WriteAsync(
            new BeginSandbox(id, deed, _sandboxes.Specification(id, image).ContainerName, image, Actor.Operator) { Settings = settings, Share = known?.ContainerId is null ? null : await _sandboxes.ShareAsync(cancellationToken).ConfigureAwait(false) },
            cancellationToken).ConfigureAwait(false);
        _probe.At(Step.SandboxIntended);
        return begun;
    }

    private async Task<TaskSandbox> FinishAsync(SandboxRow row, SandboxDeed deed, Func<Task<(SandboxState State, SandboxNews News)>> work)
    {
        try
        {
            var (state, news) = await work().ConfigureAwait(false);
            _probe.At(Step.SandboxChanged);
            var container = state is SandboxState.Planned ? null : await _sandboxes.Host.FindAsync(_sandboxes.Specification(row), CancellationToken.None).ConfigureAwait(false);
            await _way.ChangeAsync(row.TaskId, new EndSandbox(row.TaskId, deed, container is null ? SandboxState.Planned : state, container?.Id) { News = news }, CancellationToken.None).ConfigureAwait(false);
        }
        catch
        {
            // Half done, perhaps: the next sweep, of any process, looks at the engine and brings the two in line.
            await _way.Registry.WriteAsync(new LeaveSandbox(row.TaskId, deed), CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        return await ListAsync(row.TaskId, CancellationToken.None).ConfigureAwait(false) is [var now] ? now : Shown(row with { ContainerId = null, Deed = null }, null);
    }

    private async Task<IReadOnlyList<SandboxRow>> RowsAsync(string? id, CancellationToken cancellationToken) =>
        id is null ? await _way.Registry.SandboxesAsync(cancellationToken).ConfigureAwait(false)
        : await _way.Registry.SandboxAsync(id, cancellationToken).ConfigureAwait(false) is { } one ? [one] : [];

    private TaskSandbox Shown(SandboxRow row, SandboxObject? container)
    {
        var specification = _sandboxes.Specification(row);
        return new TaskSandbox
        {
            TaskId = row.TaskId,
            Name = row.ContainerName,
            Status = (row, container?.State) switch
            {
                ({ Deed: SandboxDeed.Remove }, _) => SandboxStatus.Removing,
                (_, "running") => SandboxStatus.Running,
                (_, "paused") => SandboxStatus.Suspended,
                ({ Deed: SandboxDeed.Create }, _) or (_, "created" or "restarting") => SandboxStatus.Creating,
                (_, "removing") => SandboxStatus.Removing,
                (_, not null) => SandboxStatus.Stopped,
                ({ ContainerId: null }, _) => SandboxStatus.Planned,
                _ => SandboxStatus.Missing,
            },
            Image = row.Image,
            Network = row.Network,
            ContainerId = container?.Id,
            MemoryMiB = specification.MemoryMiB,
            CpuShares = specification.CpuShares,
            PidsLimit = specification.PidsLimit,
            CreatedAt = container?.CreatedAt,
        };
    }

    private static OpenCodeException None(string taskId) => new(OpenCodeError.SandboxFailed, $"Task '{taskId}' has no sandbox. Its first command makes one.", taskId);

    private static OpenCodeException Gone(SandboxRow row) =>
        new(OpenCodeError.SandboxFailed, $"The sandbox '{row.ContainerName}' is not there or does not run any more. The next command makes or starts it.", row.TaskId);
}
