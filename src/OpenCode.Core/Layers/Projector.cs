using OpenCode.Common;

namespace OpenCode.Layers;

/// <summary>
/// Brings the journal into the layers. Doing it again has the same outcome: what a dead process began, whoever opens the task
/// next finishes.
/// </summary>
/// <param name="state">state.json.</param>
/// <param name="log">logs.jsonl.</param>
/// <param name="checkpoints">checkpoints/.</param>
/// <param name="folders">The folder as a whole.</param>
public sealed class Projector(StateLayer state, LogLayer log, CheckpointLayer checkpoints, FolderLayer folders)
{
    /// <summary>Projects the entries of a task that are not in its layers yet.</summary>
    /// <param name="held">The task's lock.</param>
    /// <param name="folder">The task's folder.</param>
    /// <param name="task">The task after the last entry.</param>
    /// <param name="pending">Every such entry, in order.</param>
    /// <exception cref="OpenCodeException">StateCorrupt: the folder or what is to be kept of state.json is missing or damaged.</exception>
    public void Project(TaskLock held, TaskFolder folder, AgentTask task, IReadOnlyList<JournalEntry> pending)
    {
        if (pending.Count == 0)
        {
            return;
        }

        if (!Directory.Exists(folder.Root) || (pending[0].Kind is TaskEvent.Created && SetStrayAside(folder, pending[0])))
        {
            Create(held, folder, task, pending);
            return;
        }

        var present = LogLayer.LastSeq(folder) ?? 0;
        var lines = new List<LogEntry>();
        foreach (var entry in pending.Where(e => e.Seq > present))
        {
            if (entry.Kind is TaskEvent.Restored)
            {
                // What comes before the restore is not in the restored log; what comes after is appended to it.
                lines.Clear();
                var (checkpoint, _) = CheckpointLayer.ReadManifest(folder, CheckpointOf(entry));
                checkpoints.RestoreLayers(held, folder, checkpoint);
            }

            lines.Add(entry.ToLogEntry());
        }

        if (lines.Count > 0)
        {
            log.Append(held, folder, lines);
        }

        ProjectState(held, folder, task, pending);
    }

    /// <summary>The checkpoint a Restored entry went back to.</summary>
    public static string CheckpointOf(JournalEntry restored) => JsonMap.FromTrusted(restored.Data!)["checkpoint"] as string
        ?? throw new ArgumentException("The entry names no checkpoint.", nameof(restored));

    private void Create(TaskLock held, TaskFolder folder, AgentTask task, IReadOnlyList<JournalEntry> pending)
    {
        if (pending[0].Kind is not TaskEvent.Created)
        {
            throw new OpenCodeException(OpenCodeError.StateCorrupt, $"The folder '{folder.Root}' is missing. Put it back from a backup, or run Repair-OcTask {folder.TaskId}, which makes a new one from the registry.", folder.Root);
        }

        var data = pending.LastOrDefault(e => e.StateData is not null)?.StateData;
        folders.Publish(held, folder, State(task, data is null ? JsonMap.Empty : JsonMap.FromTrusted(data)), pending.Select(e => e.ToLogEntry()));
    }

    // A folder of this name that an older registry, or somebody, left: not this task's, and nobody's to throw away.
    private static bool SetStrayAside(TaskFolder folder, JournalEntry created)
    {
        if (LogLayer.Read(folder, null, e => e.Seq == created.Seq && e.Timestamp == created.At, null).Entries.Count > 0)
        {
            return false;
        }

        try
        {
            Directory.Move(folder.Root, Path.Combine(Path.GetDirectoryName(folder.Root)!, $".stray-{folder.TaskId}-{created.At.ToUnixTimeMilliseconds()}"));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Failed(folder.Root, e);
        }
    }

    private void ProjectState(TaskLock held, TaskFolder folder, AgentTask task, IReadOnlyList<JournalEntry> pending)
    {
        var changed = pending.LastOrDefault(e => e.StateData is not null);
        if (changed is not null)
        {
            state.Write(held, folder, State(task, JsonMap.FromTrusted(changed.StateData!)));
            return;
        }

        var present = StateLayer.Read(folder);
        if (present.Version < task.Version)
        {
            state.Write(held, folder, State(task, present.Data));
        }
    }

    private static TaskState State(AgentTask task, JsonMap data) => new()
    {
        TaskId = task.Id,
        Status = task.Status,
        Data = data,
        Version = task.Version,
        LastUpdated = task.UpdatedAt,
        Checksum = "",
    };
}
