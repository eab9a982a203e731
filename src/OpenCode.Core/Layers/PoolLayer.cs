using OpenCode.Common;

namespace OpenCode.Layers;

/// <summary>
/// <c>pool/&lt;id&gt;/workspace</c>: the folder that a container which is kept ready has at /workspace. It becomes the task's by getting its name: what a running container has
/// mounted is the folder, whatever it is called. The engine asks by name whenever it starts the container again or copies, so a link to where it is stays behind.
/// </summary>
/// <param name="dataRoot">The data root.</param>
/// <param name="durable">True to flush to disk (synchronous=full).</param>
/// <param name="probe">Told about every step.</param>
internal sealed class PoolLayer(string dataRoot, bool durable, StepProbe probe)
{
    private readonly string _root = Path.Combine(dataRoot, "pool");

    /// <summary>The folder's name while nobody has taken it.</summary>
    public string Workspace(string id) => Path.Combine(_root, Input.Id(id, "pool id"), "workspace");

    /// <summary>The ids that have something here.</summary>
    public IReadOnlyList<string> Ids() => Directory.Exists(_root) ? [.. Directory.EnumerateDirectories(_root).Select(Path.GetFileName).OfType<string>().Where(Input.IsId)] : [];

    /// <summary>Makes an empty folder.</summary>
    public void Make(string id)
    {
        try
        {
            TaskFolder.Make(Workspace(id));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Failed(Workspace(id), e);
        }
    }

    /// <summary>Whether a task has nothing in its workspace, so that another folder can take its place.</summary>
    public static bool IsFree(TaskFolder folder) => !TaskFolder.IsLink(folder.Workspace) && (!Directory.Exists(folder.Workspace) || !Directory.EnumerateFileSystemEntries(folder.Workspace).Any());

    /// <summary>Makes the folder a task's workspace, or finishes that. May be repeated.</summary>
    /// <returns>False when it cannot be: the task has files of its own, or the folder is gone. Nothing is changed then.</returns>
    public bool Give(TaskLock held, string id, TaskFolder folder)
    {
        held.Cover(folder);
        var prepared = Workspace(id);
        var target = folder.Contained(folder.Workspace);
        try
        {
            if (TaskFolder.IsLink(prepared))
            {
                return Directory.Exists(target);
            }

            if (Directory.Exists(prepared))
            {
                if (!IsFree(folder))
                {
                    return false;
                }

                if (Directory.Exists(target))
                {
                    Directory.Delete(target); // only when it is empty
                }

                Directory.Move(prepared, target);
                Flush(folder.Root);
                probe.At(Step.WorkspaceGiven);
            }
            else if (!Directory.Exists(Path.GetDirectoryName(prepared)) || !Directory.Exists(target))
            {
                return false;
            }

            Directory.CreateSymbolicLink(prepared, Path.GetRelativePath(Path.GetDirectoryName(prepared)!, target));
            Flush(Path.GetDirectoryName(prepared)!);
            probe.At(Step.WorkspaceLinked);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Failed(target, e);
        }
    }

    /// <summary>Removes what is of an id here; a link goes itself, and not what it leads to.</summary>
    public void Remove(string id)
    {
        var folder = Path.GetDirectoryName(Workspace(id))!;
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (DirectoryNotFoundException)
        {
            // Another process was faster.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Failed(folder, e);
        }
    }

    private void Flush(string folder)
    {
        if (durable)
        {
            Native.FlushFolder(folder);
        }
    }
}
