using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Cmdlets.Pipeline;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Copies a file or folder into a task's sandbox, or out of it.</summary>
[Cmdlet(VerbsCommon.Copy, "OcSandboxItem", SupportsShouldProcess = true, DefaultParameterSetName = In)]
[OutputType(typeof(SandboxCopy))]
[Alias("cpocsi")]
public sealed class CopyOcSandboxItemCommand : TaskCmdlet
{
    private const string In = "ToSandbox";
    private const string Out = "FromSandbox";
    private const long Mebibyte = 1024 * 1024;

    /// <summary>What to copy: a path of this machine with <c>-ToSandbox</c>, one in the sandbox with <c>-FromSandbox</c>.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SandboxPathCompleter))]
    public string? Path { get; set; }

    /// <summary>Where to. A folder that is there, or a path with a divider at its end, gets it inside; otherwise it is the new name.</summary>
    [Parameter(Position = 2)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SandboxPathCompleter))]
    public string? Destination { get; set; }

    /// <summary>Copies from this machine into the sandbox.</summary>
    [Parameter(Mandatory = true, ParameterSetName = In)]
    public SwitchParameter ToSandbox { get; set; }

    /// <summary>Copies from the sandbox to this machine.</summary>
    [Parameter(Mandatory = true, ParameterSetName = Out)]
    public SwitchParameter FromSandbox { get; set; }

    /// <summary>Replaces files that are there, and puts a folder's content into one that is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>The most that is copied, in MiB.</summary>
    [Parameter]
    [ValidateRange(1, 1_048_576)]
    public int LimitMiB { get; set; } = 1024;

    /// <summary>Writes what was copied.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc />
    private protected override string? Second => nameof(Path);

    /// <inheritdoc />
    private protected override void TakeSecond(object given) => Path = given.ToString();

    /// <inheritdoc />
    private protected override void ProcessTask()
    {
        if (string.IsNullOrEmpty(Path))
        {
            Refuse("Nothing to copy was given. Give -Path.");
        }

        var task = Task.Require();
        var into = ParameterSetName == In;
        // Left out, it goes to the middle of the other side.
        var (path, destination) = into ? (FullPath(Path)!, Destination ?? "/workspace") : (Path!, Local(Destination ?? "."));
        if (!Approved(into ? $"Copy '{path}' to '{destination}' in the sandbox of the task '{task}'" : $"Copy '{path}' from the sandbox of the task '{task}' to '{destination}'"))
        {
            return;
        }

        var request = new CopyRequest(path, destination) { Force = Force, MostBytes = LimitMiB * Mebibyte };
        var copy = Await((runtime, feed, token) =>
            into ? runtime.Copies.ToSandboxAsync(task, request, new RunReporter(feed, false), token) : runtime.Copies.FromSandboxAsync(task, request, new RunReporter(feed, false), token));
        Tell($"Copied '{copy.Path}' to '{copy.Destination}': {copy.Files} files, {copy.Bytes} bytes.");
        if (PassThru)
        {
            Write(copy);
        }
    }

    /// <summary>The full path, with its divider at the end, which says that it is a folder.</summary>
    private string Local(string path) => FullPath(path)! is var full && System.IO.Path.EndsInDirectorySeparator(path) && !System.IO.Path.EndsInDirectorySeparator(full) ? full + System.IO.Path.DirectorySeparatorChar : FullPath(path)!;
}
