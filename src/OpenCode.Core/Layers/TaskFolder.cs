using OpenCode.Common;

namespace OpenCode.Layers;

/// <summary>Where the files of a task are. The id is checked here once more, so that no path leaves the store whatever a caller forgot.</summary>
public sealed class TaskFolder
{
    /// <summary>The folder of a task under a data root.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: not an id.</exception>
    public TaskFolder(string dataRoot, string taskId)
    {
        TaskId = Input.Id(taskId);
        Root = Path.Combine(dataRoot, "tasks", TaskId);
    }

    private TaskFolder(string taskId, string root, bool _)
    {
        TaskId = taskId;
        Root = root;
    }

    /// <summary>The task.</summary>
    public string TaskId { get; }

    /// <summary>The folder.</summary>
    public string Root { get; }

    /// <summary><c>state.json</c>.</summary>
    public string State => Path.Combine(Root, "state.json");

    /// <summary>The version of state.json before the present one.</summary>
    public string StateBackup => State + ".bak";

    /// <summary><c>logs.jsonl</c>.</summary>
    public string Logs => Path.Combine(Root, "logs.jsonl");

    /// <summary><c>decisions.md</c>.</summary>
    public string Decisions => Path.Combine(Root, "decisions.md");

    /// <summary>The checkpoints.</summary>
    public string Checkpoints => Path.Combine(Root, "checkpoints");

    /// <summary>What the sandbox sees at /workspace.</summary>
    public string Workspace => Path.Combine(Root, "workspace");

    /// <summary>The plan of the built-in hook, in the workspace.</summary>
    public string Plan => Path.Combine(Workspace, "plan.md");

    /// <summary>The outputs of executions.</summary>
    public string Executions => Path.Combine(Root, "executions");

    /// <summary>The folder of a checkpoint.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: not an id.</exception>
    public string Checkpoint(string checkpointId) => Path.Combine(Checkpoints, Input.Id(checkpointId, "checkpoint id"));

    /// <summary>The complete output of an execution.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: not an id.</exception>
    public string ExecutionLog(string executionId) => Path.Combine(Executions, Input.Id(executionId, "execution id") + ".log");

    /// <summary>The same layout at another place.</summary>
    internal TaskFolder At(string root) => new(TaskId, root, false);

    /// <summary>Makes a folder that only its owner may enter, with its parents.</summary>
    internal static void Make(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Takes a path of this folder that is about to be read or written.</summary>
    /// <exception cref="OpenCodeException">StateCorrupt: it, or a folder on the way to it, is a link. Nothing of ours is one, and following it could lead out of the task's folder.</exception>
    internal string Contained(string path)
    {
        for (var part = path; part.Length >= Root.Length; part = Path.GetDirectoryName(part)!)
        {
            if (IsLink(part))
            {
                throw new OpenCodeException(OpenCodeError.StateCorrupt, $"'{part}' is a link, and nothing in a task's folder may lead out of it. It was neither followed nor changed. Remove the link, or run Repair-OcTask {TaskId}.", part);
            }
        }

        return path;
    }

    /// <summary>True for a link of any kind, also one that leads nowhere.</summary>
    internal static bool IsLink(string path) => new FileInfo(path).LinkTarget is not null;
}
