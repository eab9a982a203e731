using System.Globalization;
using OpenCode.Common;
using OpenCode.Sandboxes;
using OpenCode.Sandboxes.Copying;

namespace OpenCode.Tasks;

/// <summary>Copies files into sandboxes and out of them. What is in the way stays unless it is to be replaced, and nothing is written but at the destination.</summary>
/// <remarks>In the operator's name; a copy into a sandbox is told in the task's log. A sandbox is made when there is none; one that is suspended or has stopped is copied from and to as it is.</remarks>
public sealed class SandboxCopies
{
    /// <summary>The most files, folders and links of one copy.</summary>
    public const int MostEntries = 100_000;

    private readonly TaskWay _way;
    private readonly TaskSandboxes _sandboxes;
    private readonly TaskMemory _memory;

    internal SandboxCopies(TaskWay way, TaskSandboxes sandboxes, TaskMemory memory)
    {
        _way = way;
        _sandboxes = sandboxes;
        _memory = memory;
    }

    /// <summary>Copies a file or folder of this machine to <c>/workspace</c> or below; folders on the way are made.</summary>
    /// <exception cref="OpenCodeException">
    /// AccessDenied: the destination is outside of the workspace or behind a link, or something in the folder is no file or folder, or a link that points out of it. InvalidArgument: there is nothing
    /// to copy, or something is there already. LimitExceeded; InvalidTransition: the task is finished; SandboxUnavailable; SandboxFailed.
    /// </exception>
    public async Task<SandboxCopy> ToSandboxAsync(string task, CopyRequest request, IRunObserver? observer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var wanted = SandboxPath.Parse(request.Destination);
        if (!wanted.IsInWorkspace)
        {
            throw new OpenCodeException(OpenCodeError.AccessDenied, $"'{wanted}' cannot be written: only {SandboxPath.Workspace} can be in a sandbox. Give a path there.", request.Destination);
        }

        var row = await RowAsync(task, cancellationToken).ConfigureAwait(false);
        if (row.Status is not (AgentTaskStatus.Pending or AgentTaskStatus.Running))
        {
            throw new OpenCodeException(OpenCodeError.InvalidTransition, $"Task '{row.Id}' is {row.Status}; copying into its sandbox needs Pending or Running. Resume the task first.", row.Id);
        }

        // All of it is looked at before anything is made.
        var tree = await Task.Run(() => SourceTree.Read(request.Path, Limit(request), cancellationToken), cancellationToken).ConfigureAwait(false);
        var container = await ContainerAsync(row, observer, cancellationToken).ConfigureAwait(false);
        var (target, present) = await TargetAsync(container.Id, wanted, request, cancellationToken).ConfigureAwait(false);
        await _sandboxes.Host.PutAsync(
            container.Id,
            target.Up(present).ToString(),
            (archive, owner, token) => tree.WriteAsync(archive, [.. target.Parts.Skip(present).SkipLast(1)], target.Name, owner, token),
            cancellationToken).ConfigureAwait(false);
        var copy = Copied(row.Id, true, request.Path, target.ToString(), tree.Totals);
        await _memory.LogAsync(row.Id, LogLevel.Info, string.Create(CultureInfo.InvariantCulture, $"Copied into the sandbox by the operator: {copy.Destination} ({copy.Files} files, {copy.Bytes} bytes)"), null, Actor.Operator, cancellationToken).ConfigureAwait(false);
        return copy;
    }

    /// <summary>Copies a file or folder of a sandbox to this machine. It appears whole or, when anything is wrong with it, not at all.</summary>
    /// <exception cref="OpenCodeException">
    /// AccessDenied: names an entry that is a device, a pipe, or a link that points out of the copy, or the path is behind a link. InvalidArgument: there is nothing to copy, or something is in the
    /// way. LimitExceeded; NotSupported: it is in memory of the sandbox; SandboxUnavailable; SandboxFailed.
    /// </exception>
    public async Task<SandboxCopy> FromSandboxAsync(string task, CopyRequest request, IRunObserver? observer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var path = SandboxPath.Parse(request.Path);
        var target = Target(request.Destination, path.Name);
        var row = await RowAsync(task, cancellationToken).ConfigureAwait(false);
        var container = await ContainerAsync(row, observer, cancellationToken).ConfigureAwait(false);
        await CheckWayAsync(container.Id, path, cancellationToken).ConfigureAwait(false);
        using var unpacking = new Unpacking(target, Limit(request));
        await _sandboxes.Host.GetAsync(container.Id, path.ToString(), unpacking.ReadAsync, cancellationToken).ConfigureAwait(false);
        unpacking.Publish(request.Force);
        return Copied(row.Id, false, path.ToString(), target, unpacking.Totals);
    }

    private static CopyLimit Limit(CopyRequest request) => new(MostEntries, request.MostBytes);

    private static string Target(string destination, string name)
    {
        // What cannot be a file's name here is refused before anything is asked.
        ArchiveRules.Parts(name, OperatingSystem.IsWindows());
        var inside = Directory.Exists(destination) || Path.EndsInDirectorySeparator(destination);
        var target = inside ? Path.Combine(destination, name) : destination;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            return target;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The folder of '{target}' cannot be made: {e.Message}", target, e);
        }
    }

    private static SandboxCopy Copied(string taskId, bool into, string path, string destination, CopyTotals totals) => new()
    {
        TaskId = taskId,
        ToSandbox = into,
        Path = path,
        Destination = destination,
        Files = totals.Files,
        Folders = totals.Folders,
        Links = totals.Links,
        Bytes = totals.Bytes,
    };

    private async Task<AgentTask> RowAsync(string task, CancellationToken cancellationToken)
    {
        var (held, row) = await _way.EnterAsync(await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        held.Dispose();
        return row.Task;
    }

    private async Task<SandboxContainer> ContainerAsync(AgentTask task, IRunObserver? observer, CancellationToken cancellationToken)
    {
        if (await _way.Registry.SandboxAsync(task.Id, cancellationToken).ConfigureAwait(false) is { ContainerId: not null } known
            && await _sandboxes.Host.FindAsync(_sandboxes.Specification(known), cancellationToken).ConfigureAwait(false) is { } present)
        {
            return present;
        }

        return task.Status is AgentTaskStatus.Pending or AgentTaskStatus.Running
            ? await _sandboxes.EnsureAsync(task, Actor.Operator, observer is null ? null : new ForwardedProgress(observer), TimeSpan.Zero, cancellationToken).ConfigureAwait(false)
            : throw new OpenCodeException(OpenCodeError.SandboxFailed, $"Task '{task.Id}' is {task.Status} and has no sandbox any more. Its files are in the folder 'workspace' of the task.", task.Id);
    }

    /// <summary>What it will be called in the sandbox, and how many folders on the way are there.</summary>
    private async Task<(SandboxPath Target, int Present)> TargetAsync(string containerId, SandboxPath wanted, CopyRequest request, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(request.Path));
        if (await CheckWayAsync(containerId, wanted, wanted.Parts.Count, cancellationToken).ConfigureAwait(false) is not { } end)
        {
            var missing = request.Destination.EndsWith('/') ? wanted.Below(name) : wanted;
            return (missing, await DeepestAsync(containerId, missing, cancellationToken).ConfigureAwait(false));
        }

        var target = end.IsFolder ? wanted.Below(name) : wanted;
        var there = end.IsFolder ? await _sandboxes.Host.LookAsync(containerId, target.ToString(), cancellationToken).ConfigureAwait(false) : end;
        if (there?.LinkTarget is { } link)
        {
            throw Behind(target, link);
        }

        return there is null || request.Force
            ? (target, target.Parts.Count - 1)
            : throw new OpenCodeException(OpenCodeError.InvalidArgument, $"'{target}' is there already. Nothing was copied; -Force replaces files, and puts a folder's content into one that is there.", target.ToString());
    }

    private async Task<int> DeepestAsync(string containerId, SandboxPath path, CancellationToken cancellationToken)
    {
        var present = path.Parts.Count - 1;
        while (present > 1 && await _sandboxes.Host.LookAsync(containerId, path.Up(present).ToString(), cancellationToken).ConfigureAwait(false) is null)
        {
            present--;
        }

        return present;
    }

    private async Task CheckWayAsync(string containerId, SandboxPath path, CancellationToken cancellationToken)
    {
        // Outside of the workspace everything is the image's own, where links are usual: there the engine resolves them, within the container.
        var found = path.IsInWorkspace ? await CheckWayAsync(containerId, path, path.Parts.Count, cancellationToken).ConfigureAwait(false)
            : await _sandboxes.Host.LookAsync(containerId, path.ToString(), cancellationToken).ConfigureAwait(false);
        if (found is null)
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"There is no '{path}' in the sandbox.", path.ToString());
        }

        if (found.LinkTarget is { } link)
        {
            throw Behind(path, link);
        }
    }

    /// <summary>Looks at every name on the way; null when it ends before the last.</summary>
    private async Task<SandboxEntry?> CheckWayAsync(string containerId, SandboxPath path, int parts, CancellationToken cancellationToken)
    {
        SandboxEntry? found = null;
        for (var depth = 1; depth <= parts; depth++)
        {
            var at = path.Up(depth);
            found = await _sandboxes.Host.LookAsync(containerId, at.ToString(), cancellationToken).ConfigureAwait(false);
            if (found is null)
            {
                return null;
            }

            if (found.LinkTarget is { } link)
            {
                throw Behind(at, link);
            }

            if (!found.IsFolder && depth < parts)
            {
                throw new OpenCodeException(OpenCodeError.InvalidArgument, $"'{at}' in the sandbox is no folder.", at.ToString());
            }
        }

        return found;
    }

    private static OpenCodeException Behind(SandboxPath path, string link) =>
        new(OpenCodeError.AccessDenied, $"'{path}' in the sandbox is a link to '{link}' and is not followed. Name what it points at.", path.ToString());
}
