using OpenCode.Layers;

namespace OpenCode.Tasks;

/// <summary>What a task's sandbox sees at /workspace, read without a container.</summary>
public sealed class TaskWorkspace
{
    private readonly TaskWay _way;

    internal TaskWorkspace(TaskWay way) => _way = way;

    /// <summary>Reads a file of up to 1 MiB, or lists a folder's first 1,000 entries.</summary>
    /// <param name="task">The task.</param>
    /// <param name="path">Names divided by <c>/</c>; empty for the workspace itself.</param>
    /// <param name="cancellationToken">Ends the wait for the task.</param>
    /// <returns>What is there; null when there is nothing.</returns>
    /// <exception cref="OpenCodeException">TaskNotFound; InvalidArgument: the path leads out of the workspace; AccessDenied: a link is on the way, or it is neither file nor folder; LimitExceeded: too large.</exception>
    public async Task<WorkspaceContent?> ReadAsync(string task, string path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(path);
        var id = await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        var found = WorkspaceLayer.Read(_way.Folder(id), path);
        return found is { } content ? new WorkspaceContent(id, content.Bytes?.AsMemory(), content.Entries)
            : path.Length == 0 ? new WorkspaceContent(id, null, []) // made when first needed
            : null;
    }
}
