using OpenCode.Common;

namespace OpenCode.Layers;

/// <summary>A task's folder as a whole: it appears complete, and it disappears under another name before its files go.</summary>
/// <param name="files">Writes files.</param>
/// <param name="durable">True to flush to disk before a folder counts (synchronous=full).</param>
/// <param name="probe">Told about every step.</param>
public sealed class FolderLayer(AtomicFile files, bool durable, StepProbe probe)
{
    /// <summary>Makes the folder of a task with its four layers. Under the task's lock; a dead process's unfinished one is taken along.</summary>
    public void Publish(TaskLock held, TaskFolder folder, TaskState state, IEnumerable<LogEntry> entries)
    {
        held.Cover(folder);
        var tasks = Path.GetDirectoryName(folder.Root)!;
        var unfinished = folder.At(Path.Combine(tasks, ".new-" + folder.TaskId));
        try
        {
            if (Directory.Exists(unfinished.Root))
            {
                Directory.Delete(unfinished.Root, recursive: true);
            }

            TaskFolder.Make(unfinished.Root);
            files.WriteFirst(unfinished.State, StateLayer.Format(state));
            files.WriteFirst(unfinished.Logs, LogLayer.Format(entries).Span);
            files.WriteFirst(unfinished.Decisions, DecisionLayer.Empty);
            TaskFolder.Make(unfinished.Checkpoints);
            probe.At(Step.FolderPrepared);
            Directory.Move(unfinished.Root, folder.Root);
            if (durable)
            {
                Native.FlushFolder(folder.Root);
                Native.FlushFolder(tasks);
            }

            probe.At(Step.FolderPublished);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Failed(folder.Root, e);
        }
    }

    /// <summary>Removes the folder of a deleted task, and what a dead process left of such a removal.</summary>
    public void Discard(TaskLock held, TaskFolder folder)
    {
        held.Cover(folder);
        var tasks = Path.GetDirectoryName(folder.Root)!;
        var gone = Path.Combine(tasks, ".gone-" + folder.TaskId);
        try
        {
            Delete(gone);
            if (Directory.Exists(folder.Root))
            {
                Directory.Move(folder.Root, gone);
                probe.At(Step.FolderDiscarded);
                Delete(gone);
            }

            Delete(Path.Combine(tasks, ".new-" + folder.TaskId));
            probe.At(Step.FolderRemoved);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpenCodeException(OpenCodeError.StoreUnavailable, $"The folder '{folder.Root}' of the deleted task could not be removed: {e.Message} Check its permissions; the removal is tried again when the store is next opened.", folder.Root, e);
        }
    }

    private static void Delete(string path)
    {
        // A link is removed itself; Directory.Delete does not follow links inside the folder either.
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }
}
