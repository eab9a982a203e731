using OpenCode.Common;
using OpenCode.Layers;
using OpenCode.Registry;

namespace OpenCode.Tasks;

/// <summary>
/// The way of every change: take the task's lock, finish what a dead process left, commit in one registry transaction, bring the
/// journal into the layers, say so. The commit is the moment of truth; nothing after it can be cancelled.
/// </summary>
/// <param name="registry">The registry.</param>
/// <param name="locks">The locks of tasks' files.</param>
/// <param name="projector">Brings the journal into the layers.</param>
/// <param name="dataRoot">The data root.</param>
/// <param name="probe">Told about every step.</param>
public sealed class TaskWay(ITaskRegistry registry, TaskLocks locks, Projector projector, string dataRoot, StepProbe probe)
{
    // A task on which thousands depend does not make its completion wait for their files; the rest follow when they are next used.
    private const int MostSettledAtOnce = 256;

    /// <summary>The registry.</summary>
    public ITaskRegistry Registry => registry;

    /// <summary>The folder of a task.</summary>
    public TaskFolder Folder(string taskId) => new(dataRoot, taskId);

    /// <summary>The id of the one task whose id is, or begins with, a text.</summary>
    /// <exception cref="OpenCodeException">TaskNotFound; InvalidArgument: not of the form of an id, or several tasks begin so.</exception>
    public async ValueTask<string> ResolveAsync(string task, CancellationToken cancellationToken)
    {
        var prefix = Input.Id(task);
        var ids = await registry.IdsByPrefixAsync(prefix, 6, cancellationToken).ConfigureAwait(false);
        if (ids.Count == 0)
        {
            throw NotFound(prefix);
        }

        // An id that is also the beginning of others sorts before them.
        return ids.Count == 1 || ids[0] == prefix
            ? ids[0]
            : throw Ids.Ambiguous(prefix, "id", ids);
    }

    /// <summary>The lock of a task, and the task with nothing unfinished in its layers.</summary>
    /// <exception cref="OpenCodeException">TaskNotFound; StateCorrupt: an unfinished change cannot be brought into damaged layers.</exception>
    public async Task<(TaskLock Held, TaskRow Row)> EnterAsync(string taskId, CancellationToken cancellationToken)
    {
        var held = await locks.AcquireAsync(taskId, cancellationToken).ConfigureAwait(false);
        try
        {
            var row = await registry.FindAsync(taskId, cancellationToken).ConfigureAwait(false) ?? throw NotFound(taskId);
            if (row.ProjectedSeq < row.LastSeq)
            {
                var pending = await registry.JournalAsync(row.Number, row.ProjectedSeq, cancellationToken).ConfigureAwait(false);
                row = await ProjectAsync(held, new TaskChange(row, UpTo(row, pending))).ConfigureAwait(false);
            }

            return (held, row);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>The entries that <paramref name="row"/> tells of. The sweep commits without the task's lock, so a journal read after its row may hold one more.</summary>
    public static IReadOnlyList<JournalEntry> UpTo(TaskRow row, IReadOnlyList<JournalEntry> entries) => [.. entries.TakeWhile(e => e.Seq <= row.LastSeq)];

    /// <summary>Makes a change that leaves the task there.</summary>
    /// <exception cref="OpenCodeException">What the registry refuses with; StateCorrupt, before anything is changed, when state.json is damaged.</exception>
    public async Task<TaskChange> ChangeAsync(string taskId, RegistryWrite<TaskChange> write, CancellationToken cancellationToken)
    {
        TaskChange change;
        var (held, _) = await EnterAsync(taskId, cancellationToken).ConfigureAwait(false);
        using (held)
        {
            change = await ChangeAsync(held, write, cancellationToken).ConfigureAwait(false);
        }

        await SettleToldAsync(change.Told).ConfigureAwait(false);
        return change;
    }

    /// <summary>Makes a change under a lock that is held already. What other tasks are told of it, the caller settles once the lock is free.</summary>
    public async Task<TaskChange> ChangeAsync(TaskLock held, RegistryWrite<TaskChange> write, CancellationToken cancellationToken)
    {
        // Damage is found before the commit, so that a refused change changes nothing.
        _ = StateLayer.Read(Folder(held.TaskId));
        var change = await registry.WriteAsync(write, cancellationToken).ConfigureAwait(false);
        return change with { Row = await ProjectAsync(held, change).ConfigureAwait(false), Pending = [] };
    }

    /// <summary>Brings a committed change into the layers and says so.</summary>
    public async Task<TaskRow> ProjectAsync(TaskLock held, TaskChange change)
    {
        if (change.Pending.Count == 0)
        {
            return change.Row;
        }

        var seq = change.Pending[^1].Seq;
        try
        {
            projector.Project(held, Folder(held.TaskId), change.Row.Task, change.Pending);
            probe.At(Step.Projected);
            await registry.WriteAsync(new MarkProjected([(change.Row.Number, seq)]), CancellationToken.None).ConfigureAwait(false);
        }
        catch (OpenCodeException e)
        {
            throw Behind(held.TaskId, e);
        }

        return change.Row with { ProjectedSeq = seq };
    }

    /// <summary>Makes the folder of a task that was just created. Its journal entry is marked by the caller, for many tasks at once.</summary>
    public async Task PublishAsync(TaskChange created)
    {
        var id = created.Row.Task.Id;
        using var held = await locks.AcquireAsync(id, CancellationToken.None).ConfigureAwait(false);
        // Another process may have used the task already, and projected it, or deleted it: then nothing is left to do.
        if (await registry.FindAsync(id, CancellationToken.None).ConfigureAwait(false) is { ProjectedSeq: 0 } row && row.Number == created.Row.Number)
        {
            try
            {
                projector.Project(held, Folder(id), created.Row.Task, created.Pending);
            }
            catch (OpenCodeException e)
            {
                throw Behind(id, e);
            }
        }

        probe.At(Step.Projected);
    }

    /// <summary>Finishes what dead processes left of a task, if it still is there.</summary>
    public async Task SettleAsync(string taskId, CancellationToken cancellationToken)
    {
        try
        {
            var (held, _) = await EnterAsync(taskId, cancellationToken).ConfigureAwait(false);
            held.Dispose();
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.TaskNotFound)
        {
            // Deleted meanwhile: nothing is left to finish.
        }
    }

    /// <summary>Brings what was told to other tasks into their layers. The caller holds no lock: two that tell each other would wait in a circle.</summary>
    public async Task SettleToldAsync(IReadOnlyList<string> told)
    {
        foreach (var taskId in told.Take(MostSettledAtOnce))
        {
            try
            {
                await SettleAsync(taskId, CancellationToken.None).ConfigureAwait(false);
            }
            catch (OpenCodeException)
            {
                // The change itself is done. That task's files follow, or its damage is told, when it is next used.
            }
        }
    }

    /// <summary>Ends the leases whose time is up, so that nobody is shown an agent that is gone.</summary>
    public async ValueTask SweepAsync(CancellationToken cancellationToken)
    {
        while (await registry.HasExpiredLeasesAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var change in await registry.WriteAsync(new SweepLeases(100), cancellationToken).ConfigureAwait(false))
            {
                try
                {
                    await SettleAsync(change.Row.Task.Id, cancellationToken).ConfigureAwait(false);
                }
                catch (OpenCodeException)
                {
                    // The leases are ended, which is what was asked for. That task's files follow, or its damage is told, when it is next used.
                }
            }
        }
    }

    /// <summary>The error for a task that is not there.</summary>
    public static OpenCodeException NotFound(string taskId) =>
        new(OpenCodeError.TaskNotFound, $"There is no task '{taskId}'. List the tasks to find its id.", taskId);

    private static OpenCodeException Behind(string taskId, OpenCodeException cause) => new(
        cause.Error,
        $"The change of task '{taskId}' is kept in the registry, but its files are not up to date yet: {cause.Message} Do not repeat the change; the files follow when the task is next used.",
        cause.Target,
        cause);
}
