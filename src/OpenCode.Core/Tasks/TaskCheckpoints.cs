using OpenCode.Common;
using OpenCode.Hooks;
using OpenCode.Layers;
using OpenCode.Registry;

namespace OpenCode.Tasks;

/// <summary>Points in time a task can go back to.</summary>
public sealed class TaskCheckpoints
{
    private readonly TaskWay _way;
    private readonly CheckpointLayer _layer;
    private readonly Ids _ids;
    private readonly TimeProvider _clock;

    internal TaskCheckpoints(TaskWay way, CheckpointLayer layer, Ids ids, TimeProvider clock)
    {
        _way = way;
        _layer = layer;
        _ids = ids;
        _clock = clock;
    }

    /// <summary>Takes a checkpoint of state, log and decisions. It is whole when the call returns, or not there at all.</summary>
    /// <exception cref="OpenCodeException">StateCorrupt: state.json is damaged, and a damaged state is not saved as a good one.</exception>
    public async Task<Checkpoint> CreateAsync(string task, string? description, Actor actor, CancellationToken cancellationToken)
    {
        Input.Text(description, "description");
        var id = await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        var (held, row) = await _way.EnterAsync(id, cancellationToken).ConfigureAwait(false);
        using (held)
        {
            // The checkpoint is published before it is entered, and entering it is refused to nobody: who may not take one is told now.
            if (actor.Agent is not null || LeaseFlow.Current.Count > 0)
            {
                row = (await _way.ChangeAsync(held, new RenewAgent(id, actor), cancellationToken).ConfigureAwait(false)).Row;
            }

            return await SaveAsync(held, row, description, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A task's checkpoints, oldest first. One whose manifest is damaged fails the call.</summary>
    public Task<IReadOnlyList<Checkpoint>> ListAsync(string task, CancellationToken cancellationToken) =>
        ListAsync(task, damaged => throw damaged, cancellationToken);

    /// <summary>A task's sound checkpoints, oldest first.</summary>
    /// <param name="task">The task.</param>
    /// <param name="onDamaged">Told about every one whose manifest is missing or damaged.</param>
    /// <param name="cancellationToken">Ends the wait for the task.</param>
    public async Task<IReadOnlyList<Checkpoint>> ListAsync(string task, Action<OpenCodeException> onDamaged, CancellationToken cancellationToken)
    {
        var id = await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        var folder = _way.Folder(id);
        var known = await _way.Registry.CheckpointsAsync(id, cancellationToken).ConfigureAwait(false);
        if (CheckpointLayer.Published(folder).Except(known.Select(k => k.CheckpointId)).Any())
        {
            await AdoptAsync(id, onDamaged, cancellationToken).ConfigureAwait(false);
            known = await _way.Registry.CheckpointsAsync(id, cancellationToken).ConfigureAwait(false);
        }

        var checkpoints = new List<Checkpoint>();
        foreach (var row in known)
        {
            try
            {
                checkpoints.Add(CheckpointLayer.ReadManifest(folder, row.CheckpointId).Checkpoint);
            }
            catch (OpenCodeException e) when (e.Error is OpenCodeError.StateCorrupt or OpenCodeError.CheckpointNotFound)
            {
                onDamaged(e);
            }
        }

        return checkpoints;
    }

    /// <summary>One checkpoint by its manifest.</summary>
    /// <param name="task">The task, or null: the checkpoint tells.</param>
    /// <param name="checkpoint">Its id or a unique beginning of it.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="OpenCodeException">TaskNotFound, CheckpointNotFound; InvalidArgument: several begin so; StateCorrupt: its manifest is damaged.</exception>
    public async Task<Checkpoint> GetAsync(string? task, string checkpoint, CancellationToken cancellationToken)
    {
        (var id, checkpoint) = await ResolveAsync(task, checkpoint, cancellationToken).ConfigureAwait(false);
        return CheckpointLayer.ReadManifest(_way.Folder(id), checkpoint).Checkpoint;
    }

    /// <summary>Goes back to a checkpoint. What is there now is saved as a checkpoint first; then the layers are replaced, and the task is Pending.</summary>
    /// <param name="task">The task, or null: the checkpoint tells.</param>
    /// <param name="checkpoint">The checkpoint: its id or a unique beginning of it.</param>
    /// <param name="actor">In whose name.</param>
    /// <param name="cancellationToken">Ends the wait for the task.</param>
    /// <exception cref="OpenCodeException">CheckpointNotFound; InvalidArgument: several begin so; StateCorrupt: a file of the checkpoint is not what was saved; LockHeld: another agent holds the running task. Nothing is changed then.</exception>
    public async Task<RestoreOutcome> RestoreAsync(string? task, string checkpoint, Actor actor, CancellationToken cancellationToken)
    {
        (var id, checkpoint) = await ResolveAsync(task, checkpoint, cancellationToken).ConfigureAwait(false);
        actor = HookFlow.Act(id, actor);
        RestoreOutcome outcome;
        IReadOnlyList<string> told;
        var (held, row) = await _way.EnterAsync(id, cancellationToken).ConfigureAwait(false);
        using (held)
        {
            var folder = _way.Folder(id);
            var (restored, seq) = CheckpointLayer.ReadManifest(folder, checkpoint);
            CheckpointLayer.Verify(folder, restored);
            var state = StateOf(folder, restored);
            // Who may not restore is told before anything is saved; leases whose time is up end here and hold nobody off.
            row = (await _way.ChangeAsync(held, new RenewAgent(id, actor), cancellationToken).ConfigureAwait(false)).Row;
            if (row.Task.Status is AgentTaskStatus.Running && row.Task.Agents.Any(a => a != actor.Agent))
            {
                throw new OpenCodeException(OpenCodeError.LockHeld, $"Task '{id}' cannot be restored: agent '{row.Task.Agents.First(a => a != actor.Agent)}' works on it. Detach that agent first.", id);
            }

            if (await _way.Registry.FindCheckpointAsync(checkpoint, cancellationToken).ConfigureAwait(false) is null)
            {
                // Published by a process that died before it could say so.
                row = (await _way.ChangeAsync(held, new AddCheckpoint(id, checkpoint, restored.Timestamp, restored.Description, seq), cancellationToken).ConfigureAwait(false)).Row;
            }

            var saved = await SaveAsync(held, row, $"Before restoring {checkpoint}", cancellationToken).ConfigureAwait(false);
            var transition = Transitions.Restore;
            var change = await _way.ChangeAsync(held, new RestoreTask(id, checkpoint, saved.Id, state.Data.ToString(), transition.From, actor), cancellationToken).ConfigureAwait(false);
            (outcome, told) = (new RestoreOutcome(change.Row.Task, restored, saved), change.Told);
        }

        await _way.SettleToldAsync(told).ConfigureAwait(false);
        return outcome;
    }

    /// <summary>Removes a checkpoint, named by its id or a unique beginning of it.</summary>
    public async Task RemoveAsync(string? task, string checkpoint, CancellationToken cancellationToken)
    {
        (var id, checkpoint) = await ResolveAsync(task, checkpoint, cancellationToken).ConfigureAwait(false);
        var (held, _) = await _way.EnterAsync(id, cancellationToken).ConfigureAwait(false);
        using (held)
        {
            // What the change below would be refused for.
            _ = StateLayer.Read(_way.Folder(id));
            if (LeaseFlow.Current.Count > 0)
            {
                await _way.ChangeAsync(held, new RenewAgent(id, Actor.Operator), cancellationToken).ConfigureAwait(false);
            }

            // Folder first: should this process die in between, the registry names a checkpoint that is not there, and a repeated call finishes.
            CheckpointLayer.Remove(held, _way.Folder(id), checkpoint);
            await _way.ChangeAsync(held, new ForgetCheckpoint(id, checkpoint), CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Enters checkpoints that were published by a process that died before it could say so.</summary>
    internal async Task<int> AdoptAsync(string taskId, Action<OpenCodeException> onDamaged, CancellationToken cancellationToken)
    {
        var (held, _) = await _way.EnterAsync(taskId, cancellationToken).ConfigureAwait(false);
        using (held)
        {
            var folder = _way.Folder(taskId);
            var known = (await _way.Registry.CheckpointsAsync(taskId, cancellationToken).ConfigureAwait(false)).Select(k => k.CheckpointId).ToHashSet(StringComparer.Ordinal);
            var adopted = 0;
            foreach (var id in CheckpointLayer.Published(folder).Where(id => !known.Contains(id)))
            {
                try
                {
                    var (checkpoint, seq) = CheckpointLayer.ReadManifest(folder, id);
                    await _way.ChangeAsync(held, new AddCheckpoint(taskId, id, checkpoint.Timestamp, checkpoint.Description, seq), cancellationToken).ConfigureAwait(false);
                    adopted++;
                }
                catch (OpenCodeException e) when (e.Error is OpenCodeError.StateCorrupt)
                {
                    onDamaged(e);
                }
            }

            return adopted;
        }
    }

    private static TaskState StateOf(TaskFolder folder, Checkpoint checkpoint)
    {
        var file = checkpoint.Files.FirstOrDefault(f => f.Name == Path.GetFileName(folder.State))
            ?? throw new OpenCodeException(OpenCodeError.StateCorrupt, $"The checkpoint '{checkpoint.Id}' has no state. Use another checkpoint of the task.", checkpoint.Id);
        var path = CheckpointLayer.FileOf(folder, checkpoint, file);
        return StateLayer.Parse(File.ReadAllBytes(path), folder.TaskId, path);
    }

    private async Task<Checkpoint> SaveAsync(TaskLock held, TaskRow row, string? description, CancellationToken cancellationToken)
    {
        var folder = _way.Folder(held.TaskId);
        _ = StateLayer.Read(folder);
        cancellationToken.ThrowIfCancellationRequested();
        var checkpoint = new Checkpoint
        {
            Id = _ids.Checkpoint(),
            TaskId = held.TaskId,
            Timestamp = DateTimeOffset.FromUnixTimeMilliseconds(_clock.GetUtcNow().ToUnixTimeMilliseconds()),
            Description = description,
            Parent = row.CheckpointId,
            Manifest = "",
        };
        checkpoint = _layer.Publish(held, folder, checkpoint, row.LastSeq);
        await _way.ChangeAsync(held, new AddCheckpoint(held.TaskId, checkpoint.Id, checkpoint.Timestamp, description, row.LastSeq), CancellationToken.None).ConfigureAwait(false);
        return checkpoint;
    }

    /// <summary>The one checkpoint whose id is, or begins with, a text, and its task.</summary>
    internal async Task<(string TaskId, string CheckpointId)> ResolveAsync(string? task, string checkpoint, CancellationToken cancellationToken)
    {
        Input.Id(checkpoint, "checkpoint id");
        var taskId = task is null ? null : await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        if (await _way.Registry.FindCheckpointAsync(checkpoint, cancellationToken).ConfigureAwait(false) is { } exact && (taskId ?? exact.TaskId) == exact.TaskId)
        {
            return (exact.TaskId, exact.CheckpointId);
        }

        var beginning = await _way.Registry.SuggestCheckpointsAsync(taskId, checkpoint, 6, cancellationToken).ConfigureAwait(false);
        return (beginning.Count, taskId) switch
        {
            (1, _) => (beginning[0].TaskId, beginning[0].Id),
            (> 1, _) => throw Ids.Ambiguous(checkpoint, "checkpoint id", [.. beginning.Select(c => c.Id)]),

            // It may have been published by a process that died before it could say so. If not, whoever reads it says that it is not there.
            (_, not null) => (taskId, checkpoint),
            _ => throw new OpenCodeException(OpenCodeError.CheckpointNotFound, $"There is no checkpoint '{checkpoint}'. List a task's checkpoints to find one.", checkpoint),
        };
    }
}
