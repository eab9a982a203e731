using System.Globalization;
using OpenCode.Common;
using OpenCode.Layers;
using OpenCode.Registry;

namespace OpenCode.Tasks;

/// <summary>Tells cheaply whether something of a task has changed, whichever process changed it.</summary>
public sealed class TaskChanges
{
    private const string Nothing = "-";

    private readonly TaskWay _way;

    internal TaskChanges(TaskWay way) => _way = way;

    /// <summary>Watches for commits of any process from now on. What leaves no trace in the registry (a free line of the log, a file of the workspace) is no commit.</summary>
    public ICommitWatch Watch() => _way.Registry.Watch();

    /// <summary>A mark of how a part of a task is now: another one when it has changed. It may differ without a change, and costs a look at a row and at most one file.</summary>
    /// <param name="taskId">The task's whole id.</param>
    /// <param name="part">The part.</param>
    /// <param name="name">The execution's id, or the path within the workspace; null for other parts.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <returns>The mark; null when there is no such task.</returns>
    public async ValueTask<string?> MarkAsync(string taskId, TaskPart part, string? name, CancellationToken cancellationToken)
    {
        await _way.SweepAsync(cancellationToken).ConfigureAwait(false);
        var row = await _way.Registry.FindAsync(taskId, cancellationToken).ConfigureAwait(false);
        if (row is null)
        {
            return null;
        }

        var folder = _way.Folder(row.Task.Id);
        var mark = part switch
        {
            TaskPart.State => MarkOf(folder, folder.State),
            TaskPart.Log => MarkOf(folder, folder.Logs),
            TaskPart.Decisions => MarkOf(folder, folder.Decisions),
            TaskPart.Checkpoints => MarkOf(folder, folder.Checkpoints),
            TaskPart.Execution when Input.IsId(name) => MarkOf(folder, folder.ExecutionLog(name!)) + Sequence(row),
            TaskPart.Workspace => MarkOf(folder, WorkspaceLayer.PathOf(folder, name ?? "")),
            _ => Sequence(row),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{row.Number}/{mark}");
    }

    /// <summary>A mark of which tasks there are.</summary>
    public async ValueTask<string> ListMarkAsync(CancellationToken cancellationToken)
    {
        var page = await _way.Registry.ListAsync(new TaskQuery { First = 1 }, cancellationToken).ConfigureAwait(false);
        return string.Create(CultureInfo.InvariantCulture, $"{page.Total}/{(page.Tasks.Count > 0 ? page.Tasks[0].Id : "")}");
    }

    /// <summary>A mark of the newest tasks and how they stand, and of how many there are in all.</summary>
    /// <param name="first">How many of the newest are looked at.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    public async ValueTask<string> PageMarkAsync(int first, CancellationToken cancellationToken)
    {
        await _way.SweepAsync(cancellationToken).ConfigureAwait(false);
        var page = await _way.Registry.ListAsync(new TaskQuery { First = first }, cancellationToken).ConfigureAwait(false);
        return string.Join(' ', page.Tasks.Select(task => string.Create(CultureInfo.InvariantCulture, $"{task.Id}:{task.Version}:{string.Join(',', task.Agents)}")).Prepend(page.Total.ToString(CultureInfo.InvariantCulture)));
    }

    private static string Sequence(TaskRow row) => string.Create(CultureInfo.InvariantCulture, $"{row.LastSeq}:{row.Task.Version}");

    // A link is not followed, and neither is one on the way: what it leads to is nobody's to watch.
    private static string MarkOf(TaskFolder folder, string path)
    {
        try
        {
            folder.Contained(path);
            var entry = Directory.Exists(path) ? (FileSystemInfo)new DirectoryInfo(path) : new FileInfo(path);
            return entry.Exists
                ? string.Create(CultureInfo.InvariantCulture, $"{(entry as FileInfo)?.Length ?? 0}:{entry.LastWriteTimeUtc.Ticks}")
                : Nothing;
        }
        catch (Exception e) when (e is OpenCodeException or IOException or UnauthorizedAccessException)
        {
            return Nothing; // whoever reads it is told
        }
    }
}
