using System.IO.Enumeration;
using OpenCode.Common;

namespace OpenCode.Layers;

/// <summary>Counts what a workspace takes on the disk, as du does: blocks that are in use, and a file of several names once.</summary>
/// <remarks>Whoever works in the sandbox may put links and folders about while it is counted. No link is followed, nothing is opened, and only numbers come of it.</remarks>
internal sealed class WorkspaceMeter(int mostEntries)
{
    /// <summary>As many as are counted in a second or two.</summary>
    public const int MostEntries = 500_000;

    private const int MostShown = 3;

    private readonly HashSet<(uint, uint, ulong)> _seen = [];
    private int _entries;
    private string? _hidden;

    /// <summary>Counts it; nothing for one that is not there.</summary>
    public static WorkspaceUsage Measure(string workspace, int mostEntries)
    {
        try
        {
            return new WorkspaceMeter(mostEntries).Measure(workspace);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new WorkspaceUsage(0, 0, false, null, []); // gone, or not ours to look at
        }
    }

    private WorkspaceUsage Measure(string workspace)
    {
        var top = new List<(string Name, long Bytes)>();
        foreach (var (path, isFolder, bytes) in Entries(workspace, false))
        {
            var all = bytes;
            if (isFolder)
            {
                foreach (var below in Entries(path, true))
                {
                    all += below.Bytes;
                }
            }

            top.Add((Path.GetFileName(path), all));
        }

        return new WorkspaceUsage(top.Sum(static one => one.Bytes), _entries, _entries < mostEntries, _hidden, [.. top.OrderByDescending(static one => one.Bytes).Take(MostShown)]);
    }

    private IEnumerable<(string Path, bool IsFolder, long Bytes)> Entries(string folder, bool recursive)
    {
        using var walk = new Walk(folder, recursive, this);
        while (_entries < mostEntries && walk.MoveNext())
        {
            _entries++;
            yield return walk.Current;
        }
    }

    private long Size(ref FileSystemEntry entry, string path)
    {
        if (Native.TryStat(path) is not { } stat)
        {
            return entry.IsDirectory ? 0 : entry.Length;
        }

        return stat.Links > 1 && !entry.IsDirectory && !_seen.Add(stat.File) ? 0 : stat.Bytes;
    }

    private sealed class Walk(string folder, bool recursive, WorkspaceMeter meter)
        : FileSystemEnumerator<(string Path, bool IsFolder, long Bytes)>(folder, new EnumerationOptions { RecurseSubdirectories = recursive, AttributesToSkip = 0, ReturnSpecialDirectories = false, IgnoreInaccessible = true })
    {
        protected override (string Path, bool IsFolder, long Bytes) TransformEntry(ref FileSystemEntry entry)
        {
            var path = entry.ToFullPath();
            return (path, entry.IsDirectory && (entry.Attributes & FileAttributes.ReparsePoint) == 0, meter.Size(ref entry, path));
        }

        protected override bool ShouldRecurseIntoEntry(ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0;

        // Gone or closed to us since it was listed; or so deep that no path leads there, which hides what is in it.
        protected override bool ContinueOnError(int error)
        {
            const int TooLong = 36; // ENAMETOOLONG
            if (OperatingSystem.IsLinux() && error == TooLong)
            {
                meter._hidden = "a folder whose path is too long to be opened";
            }

            return true;
        }
    }
}
