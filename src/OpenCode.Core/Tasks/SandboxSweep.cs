using OpenCode.Common;
using OpenCode.Layers;
using OpenCode.Registry;
using OpenCode.Sandboxes;

namespace OpenCode.Tasks;

/// <summary>
/// Brings registry and engine to agree, both ways: objects that belong to nothing, notes of what is not there, and what dead processes left half done. Any number
/// of processes may do it at once, beside any number that work.
/// </summary>
/// <remarks>
/// The engine is listed before the registry is read. Whatever the list shows was written down before it was made, so what the registry does not know by then is
/// known to be nobody's. The other way round a note may be newer than the list; so a note is taken out only when the container is looked for again and is not there, and the note is still the same.
/// </remarks>
public sealed class SandboxSweep : IDisposable
{
    private const int MostRounds = 4;

    private static readonly TimeSpan LongestTurn = TimeSpan.FromMinutes(2);

    private readonly FileLock _turn;

    private readonly TaskWay _way;
    private readonly TaskSandboxes _sandboxes;
    private readonly SandboxService _service;
    private readonly ExecutionRemains _remains;
    private readonly Func<ProcessIdentity> _process;

    internal SandboxSweep(TaskWay way, TaskSandboxes sandboxes, SandboxService service, ExecutionRemains remains, Func<ProcessIdentity> process)
    {
        _turn = new FileLock(Path.Combine(sandboxes.Configuration.DataRoot, "locks", "sweep"));
        _way = way;
        _sandboxes = sandboxes;
        _service = service;
        _remains = remains;
        _process = process;
    }

    /// <summary>What belongs to nothing: objects with this store's labels whose task is gone or does not use them, and notes of containers that are not there.</summary>
    /// <exception cref="OpenCodeException">SandboxUnavailable: no engine answers.</exception>
    public async Task<IReadOnlyList<SandboxOrphan>> OrphansAsync(CancellationToken cancellationToken) =>
        [.. (await FindAsync(cancellationToken).ConfigureAwait(false)).Where(static one => one.Kind is SandboxFindingKind.Remove or SandboxFindingKind.Forget).Select(Orphan)];

    /// <summary>Removes one of <see cref="OrphansAsync"/>, when it still belongs to nothing.</summary>
    /// <returns>False when it was left: it belongs to something now, or is in use.</returns>
    /// <exception cref="OpenCodeException">SandboxUnavailable, SandboxFailed.</exception>
    public async Task<bool> RemoveAsync(SandboxOrphan orphan, CancellationToken cancellationToken)
    {
        var all = await FindAsync(cancellationToken).ConfigureAwait(false);
        var found = all.FirstOrDefault(one => one.Kind is SandboxFindingKind.Remove or SandboxFindingKind.Forget && Orphan(one) is { } same && same.Kind == orphan.Kind && same.Id == orphan.Id);
        return found is not null && await ActAsync(found).ConfigureAwait(false);
    }

    /// <summary>Brings everything in line: removes what belongs to nothing, finishes what dead processes began, takes over containers that survived, tells tasks of containers they lost, and ends commands nobody watches.</summary>
    /// <returns>How many things were set right.</returns>
    /// <exception cref="OpenCodeException">SandboxUnavailable: no engine answers, and nothing was changed. What a single thing refuses with does not keep the others.</exception>
    public Task<int> RunAsync(CancellationToken cancellationToken) => RunAsync(LongestTurn, cancellationToken);

    /// <inheritdoc />
    public void Dispose() => _turn.Dispose();

    /// <summary>As the other, for one who does not wait long while another process is at it.</summary>
    internal async Task<int> RunAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        TaskFolder.Make(Path.Combine(_sandboxes.Configuration.DataRoot, "locks"));
        using var held = await _turn.AcquireAsync(wait, cancellationToken).ConfigureAwait(false);
        var done = 0;
        // What becomes of a container decides what becomes of its network, so the second look finds what the first has set free.
        for (var round = 0; round < MostRounds; round++)
        {
            var before = done;
            foreach (var finding in Ordered(await FindAsync(cancellationToken).ConfigureAwait(false)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                try
                {
                    done += await ActAsync(finding).ConfigureAwait(false) ? 1 : 0;
                }
                catch (OpenCodeException e) when (e.Error is not OpenCodeError.SandboxUnavailable)
                {
                    // A task with damaged files, or a container the engine cannot remove: it is found again, and shown by OrphansAsync.
                }
            }

            if (done == before)
            {
                break;
            }
        }

        done += await _sandboxes.Pool.ClearLeftAsync(cancellationToken).ConfigureAwait(false);
        return done + await _remains.EndAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>True when the registry knows of something on an engine, or of a command, that may need it.</summary>
    internal async Task<bool> IsNeededAsync(CancellationToken cancellationToken) =>
        (await _way.Registry.SandboxesAsync(cancellationToken).ConfigureAwait(false)).Any(static row => row.ContainerId is not null || row.Deed is not null)
        || (await _way.Registry.PoolAsync(cancellationToken).ConfigureAwait(false)).Any(row => !row.Process.MayLive(_process()))
        || (await _way.Registry.OpenExecutionsAsync(cancellationToken).ConfigureAwait(false)).Count > 0;

    private async Task<List<SandboxFinding>> FindAsync(CancellationToken cancellationToken)
    {
        var objects = await _sandboxes.Host.ObjectsAsync(_way.Registry.StoreId, null, cancellationToken).ConfigureAwait(false);
        // The pool before the sandboxes: a container goes from there to here, and never back.
        var pool = await _way.Registry.PoolAsync(cancellationToken).ConfigureAwait(false);
        var rows = (await _way.Registry.SandboxesAsync(cancellationToken).ConfigureAwait(false)).ToDictionary(static row => row.TaskId, StringComparer.Ordinal);
        var owners = TaskSandboxes.Owners([.. rows.Values]);
        var findings = new List<SandboxFinding>();
        findings.AddRange(pool.Where(row => !row.Process.MayLive(_process()) && !owners.ContainsKey(row.Id) && objects.All(one => one.Pool != row.Id))
            .Select(static row => new SandboxFinding(SandboxFindingKind.Forget, null, null, "A process that is gone noted it for the pool, and it is not there.") { Pool = row }));
        foreach (var labelled in objects)
        {
            var one = labelled.Pool is { } id && owners.TryGetValue(id, out var owner) ? labelled with { TaskId = owner } : labelled;
            if (one.IsHelper)
            {
                if (one.Owner?.MayLive(_process()) is not true)
                {
                    findings.Add(new SandboxFinding(SandboxFindingKind.Remove, one, null, "The process that made it for a moment is gone."));
                }

                continue;
            }

            if (one is { Pool: not null, TaskId: null })
            {
                var ready = pool.FirstOrDefault(row => row.Id == one.Pool);
                if (ready?.Process.MayLive(_process()) is not true)
                {
                    findings.Add(new SandboxFinding(SandboxFindingKind.Remove, one, null, ready is null ? "It was kept ready, and nobody keeps it any more." : "It was kept ready by a process that is gone.") { Pool = ready });
                }

                continue;
            }

            var row = one.TaskId is null ? null : rows.GetValueOrDefault(one.TaskId);
            if (row?.IsInWork(_process()) is true)
            {
                continue;
            }

            var lives = row is not null || (one.TaskId is not null && await _way.Registry.FindAsync(one.TaskId, cancellationToken).ConfigureAwait(false) is not null);
            if ((lives ? OfLiving(one, row) : new SandboxFinding(SandboxFindingKind.Remove, one, null, one.TaskId is null ? "It names no task." : "Its task is deleted.")) is { } finding)
            {
                findings.Add(finding);
            }
        }

        var there = objects.Where(static one => one.Kind is SandboxObjectKind.Container).Select(static one => one.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var row in rows.Values.Where(row => !there.Contains(row.ContainerName) && !row.IsInWork(_process()) && (row.ContainerId is not null || row.Deed is not null)))
        {
            if (await _sandboxes.Host.FindAsync(_sandboxes.Specification(row), cancellationToken).ConfigureAwait(false) is null)
            {
                findings.Add(new SandboxFinding(SandboxFindingKind.Forget, null, row, row.ContainerId is null ? "A process that is gone noted it, and made nothing." : "Its container is gone from the engine."));
            }
        }

        return findings;
    }

    private SandboxFinding? OfLiving(SandboxObject one, SandboxRow? row) => one.Kind switch
    {
        SandboxObjectKind.Container => OfLivingContainer(one, row),
        // Whatever becomes of the container decides about its network; a container that is applied its policy takes its other networks away.
        SandboxObjectKind.Network when row is { Deed: null } && one.Name != _sandboxes.Specification(row).NetworkName || row is { Deed: null, Network: SandboxNetwork.None } || row is { Deed: null, ContainerId: null } || row is null =>
            new SandboxFinding(SandboxFindingKind.Remove, one, null, "Its task's sandbox does not use it."),
        _ => null,
    };

    private static SandboxFinding? OfLivingContainer(SandboxObject one, SandboxRow? row)
    {
        if (row is not null && row.ContainerName != one.Name)
        {
            return null; // not made by us under that name: nothing that lives is touched
        }

        var known = row is not null && row.ContainerId == one.Id;
        return (row, one.State) switch
        {
            // Never started, and its maker is gone: nothing ever was in it.
            (_, "created") when !known && one.Owner?.MayLive() is not true => new(SandboxFindingKind.Remove, one, row, "It was never started, and the process that made it is gone."),
            (_, "created" or "removing" or "dead" or "restarting") => null,
            ({ Deed: not null and not SandboxDeed.Create }, _) => new(SandboxFindingKind.Finish, one, row, "A process began something with it, and is gone."),
            ({ Deed: SandboxDeed.Create } or { ContainerId: null } or null, _) => new(SandboxFindingKind.Adopt, one, row, "It survived the process that made it."),
            _ when !known => new(SandboxFindingKind.Note, one, row, "It is another one than was known."),
            ({ State: SandboxState.Present or SandboxState.Suspended }, "exited") or ({ State: not SandboxState.Present }, "running") or ({ State: not SandboxState.Suspended }, "paused") => new(SandboxFindingKind.Note, one, row, "It is in another state than was known."),
            _ => null,
        };
    }

    private async Task<bool> ActAsync(SandboxFinding finding)
    {
        if (finding.Pool is { } kept)
        {
            return await _sandboxes.Pool.DiscardAsync(kept).ConfigureAwait(false);
        }

        switch (finding.Kind)
        {
            case SandboxFindingKind.Remove:
                // By force only what no task uses: a container that somebody starts at this moment stays.
                return await RemoveAsync(finding.Object!, finding.Row).ConfigureAwait(false);
            case SandboxFindingKind.Forget:
                await CorrectAsync(finding.Row!, SandboxState.Planned, null, finding.Row switch
                {
                    { ContainerId: null } => null,
                    { Deed: SandboxDeed.Remove } => new SandboxNews(TaskEvent.SandboxRemoved, LogLevel.Info, "Sandbox removed"),
                    _ => TaskSandboxes.Gone(),
                }).ConfigureAwait(false);
                _sandboxes.Pool.Clear(finding.Row!.Pool);
                return true;
            case SandboxFindingKind.Finish:
                return await FinishAsync(finding.Row!, finding.Object!).ConfigureAwait(false);
            case SandboxFindingKind.Adopt:
                await AdoptAsync(finding.Row, finding.Object!).ConfigureAwait(false);
                return true;
            default:
                var state = StateOf(finding.Object!);
                await CorrectAsync(finding.Row!, state, finding.Object!.Id, state is SandboxState.Stopped ? Lost() : null).ConfigureAwait(false);
                return true;
        }
    }

    private async Task<bool> RemoveAsync(SandboxObject target, SandboxRow? row)
    {
        var removed = await _sandboxes.Host.RemoveAsync(target, _way.Registry.StoreId, force: target.State is not "created", CancellationToken.None).ConfigureAwait(false);
        if (removed && row is { Deed: SandboxDeed.Create })
        {
            await CorrectAsync(row, SandboxState.Planned, null, null).ConfigureAwait(false);
        }

        return removed;
    }

    private async Task<bool> FinishAsync(SandboxRow row, SandboxObject container)
    {
        var specification = _sandboxes.Specification(row);
        switch (row.Deed)
        {
            case SandboxDeed.Remove:
                await _service.RemoveObjectsAsync(row).ConfigureAwait(false);
                await CorrectAsync(row, SandboxState.Planned, null, new SandboxNews(TaskEvent.SandboxRemoved, LogLevel.Info, "Sandbox removed")).ConfigureAwait(false);
                return true;
            case SandboxDeed.Suspend or SandboxDeed.Resume when container.State is "running" or "paused":
                var suspended = row.Deed is SandboxDeed.Suspend;
                if (await _sandboxes.Host.PauseAsync(specification, suspended, CancellationToken.None).ConfigureAwait(false))
                {
                    var news = suspended ? new SandboxNews(TaskEvent.SandboxSuspended, LogLevel.Info, "Sandbox suspended") : new SandboxNews(TaskEvent.SandboxResumed, LogLevel.Info, "Sandbox resumed");
                    await CorrectAsync(row, suspended ? SandboxState.Suspended : SandboxState.Present, container.Id, news).ConfigureAwait(false);
                    return true;
                }

                return false;
            case SandboxDeed.Configure:
                await _sandboxes.Host.ConfigureAsync(specification, CancellationToken.None).ConfigureAwait(false);
                await CorrectAsync(row, StateOf(container), container.Id, SandboxService.Changed(row, _sandboxes)).ConfigureAwait(false);
                return true;
            default:
                await CorrectAsync(row, SandboxState.Stopped, container.Id, Lost()).ConfigureAwait(false);
                return true;
        }
    }

    private async Task AdoptAsync(SandboxRow? row, SandboxObject container)
    {
        if (row is null)
        {
            // The registry is older than the engine, as after a restored copy: what carries the task's label is the task's.
            if (await _way.Registry.FindAsync(container.TaskId!, CancellationToken.None).ConfigureAwait(false) is not { } task)
            {
                return;
            }

            row = await _way.Registry.WriteAsync(new BeginSandbox(task.Task.Id, SandboxDeed.Create, container.Name, _sandboxes.ImageOf(task.Task), Actor.Operator), CancellationToken.None).ConfigureAwait(false);
        }

        if (row.Pool is not null && !await _sandboxes.Pool.GiveAsync(row, CancellationToken.None).ConfigureAwait(false))
        {
            await _sandboxes.GiveUpAsync(row).ConfigureAwait(false);
            return;
        }

        if (row.Network is not SandboxNetwork.None)
        {
            await _sandboxes.Host.ConfigureAsync(_sandboxes.Specification(row), CancellationToken.None).ConfigureAwait(false);
        }

        await CorrectAsync(row, StateOf(container), container.Id, new SandboxNews(TaskEvent.SandboxAdopted, LogLevel.Info, "Sandbox taken over from a process that is gone")).ConfigureAwait(false);
    }

    private Task<TaskChange> CorrectAsync(SandboxRow seen, SandboxState state, string? containerId, SandboxNews? news) =>
        _way.ChangeAsync(seen.TaskId, new CorrectSandbox(seen, state, containerId) { News = news }, CancellationToken.None);

    private static SandboxNews Lost() =>
        new(TaskEvent.SandboxLost, LogLevel.Warn, "The sandbox's container has ended, and what ran in it; its workspace is there. The next command, or Resume-OcSandbox, starts it again");

    private static SandboxState StateOf(SandboxObject container) => container.State switch
    {
        "running" => SandboxState.Present,
        "paused" => SandboxState.Suspended,
        _ => SandboxState.Stopped,
    };

    // Networks can go once the containers in them have.
    private static IEnumerable<SandboxFinding> Ordered(List<SandboxFinding> findings) => findings.OrderBy(static one => one.Object?.Kind ?? SandboxObjectKind.Record);

    private static SandboxOrphan Orphan(SandboxFinding finding) => new()
    {
        Kind = finding.Object?.Kind ?? SandboxObjectKind.Record,
        Name = finding.Object?.Name ?? finding.Row?.ContainerName ?? finding.Pool!.ContainerName,
        Id = finding.Object?.Id ?? finding.Row?.ContainerName ?? finding.Pool!.ContainerName,
        TaskId = finding.Object?.TaskId ?? finding.Row?.TaskId,
        Reason = finding.Reason,
        CreatedAt = finding.Object?.CreatedAt,
    };
}
