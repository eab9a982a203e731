using System.Management.Automation;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Checks a task's files against the registry, completes what was interrupted, and sets damage right. Damaged files are kept.</summary>
[Cmdlet(VerbsDiagnostic.Repair, "OcTask", SupportsShouldProcess = true)]
[OutputType(typeof(RepairReport))]
public sealed class RepairOcTaskCommand : TaskCmdlet
{
    /// <inheritdoc />
    private protected override void ProcessTask()
    {
        var task = Task.Require();
        if (Approved($"Check the files of the task '{task}', and replace those that are damaged, keeping the originals"))
        {
            Write(Await((runtime, token) => runtime.Repair.RepairAsync(task, token)));
        }
    }
}
