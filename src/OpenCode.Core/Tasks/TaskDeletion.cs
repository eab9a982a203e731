using OpenCode.Layers;
using OpenCode.Registry;

namespace OpenCode.Tasks;

/// <summary>Deletes a task: first for every caller at once, in the registry; then its container; then its files. Every step can be repeated.</summary>
internal sealed class TaskDeletion(TaskWay way, TaskLocks locks, FolderLayer folders, TaskSandboxes sandboxes)
{
    public async Task<TaskRemoval> DeleteAsync(string taskId, bool force, CancellationToken cancellationToken)
    {
        PendingDeletion deletion;
        using (await locks.AcquireAsync(taskId, cancellationToken).ConfigureAwait(false))
        {
            deletion = await way.Registry.WriteAsync(new DeleteTask(taskId, force), cancellationToken).ConfigureAwait(false);
        }

        await way.SettleToldAsync(deletion.Told).ConfigureAwait(false);
        return await FinishAsync(deletion).ConfigureAwait(false);
    }

    /// <summary>Finishes the deletion of a task whose id is wanted again.</summary>
    public async Task FinishAsync(string taskId, CancellationToken cancellationToken)
    {
        foreach (var deletion in await way.Registry.PendingDeletionsAsync(cancellationToken).ConfigureAwait(false))
        {
            if (deletion.TaskId == taskId)
            {
                await FinishAsync(deletion).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Removes what is left. The note of it stays in the registry until nothing is.</summary>
    public async Task<TaskRemoval> FinishAsync(PendingDeletion deletion)
    {
        string? remaining = null;
        if (deletion.ContainerName is not null && await IsPendingAsync(deletion).ConfigureAwait(false))
        {
            try
            {
                await sandboxes.RemoveObjectsAsync(deletion, CancellationToken.None).ConfigureAwait(false);
            }
            catch (OpenCodeException e) when (e.Error is OpenCodeError.SandboxUnavailable or OpenCodeError.SandboxFailed)
            {
                remaining = $"The container '{deletion.ContainerName}' could not be removed yet: {e.Message} It is tried again when the store is next opened.";
            }
        }

        // Nobody holds the id any more, so nobody else writes there; a container that is still there keeps its own view of the folder.
        using (var held = await locks.AcquireAsync(deletion.TaskId, CancellationToken.None).ConfigureAwait(false))
        {
            if (!await IsPendingAsync(deletion).ConfigureAwait(false))
            {
                // Another process was faster, and the folder may already be that of the id's next task.
                return new TaskRemoval(deletion.TaskId, remaining);
            }

            folders.Discard(held, way.Folder(deletion.TaskId));
            if (remaining is null)
            {
                await way.Registry.WriteAsync(new FinishDeletion(deletion.TaskId), CancellationToken.None).ConfigureAwait(false);
            }
        }

        return new TaskRemoval(deletion.TaskId, remaining);
    }

    private async ValueTask<bool> IsPendingAsync(PendingDeletion deletion) =>
        (await way.Registry.PendingDeletionsAsync(CancellationToken.None).ConfigureAwait(false)).Any(d => d.TaskId == deletion.TaskId);
}
