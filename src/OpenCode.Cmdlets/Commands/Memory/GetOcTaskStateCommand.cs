using System.Management.Automation;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Reads the data that agents keep in a task, verified against its checksum.</summary>
[Cmdlet(VerbsCommon.Get, "OcTaskState")]
[OutputType(typeof(TaskState))]
[Alias("gocts")]
public sealed class GetOcTaskStateCommand : TaskCmdlet
{
    /// <inheritdoc />
    private protected override void ProcessTask()
    {
        var task = Task.Require();
        Write(Await((runtime, token) => runtime.Memory.StateAsync(task, token)));
    }
}
