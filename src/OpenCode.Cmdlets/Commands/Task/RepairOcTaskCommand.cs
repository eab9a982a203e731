using System.Management.Automation;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Checks a task's files against the registry, completes what was interrupted, and sets damage right. Damaged files are kept.</summary>
[Cmdlet(VerbsDiagnostic.Repair, "OcTask", SupportsShouldProcess = true)]
[OutputType(typeof(RepairReport))]
[Alias("rpoct")]
public sealed class RepairOcTaskCommand : TaskCmdlet
{
    /// <inheritdoc />
    private protected override string? Activity => "Checking tasks";

    /// <inheritdoc />
    private protected override void ProcessTask()
    {
        var task = Task.Require();
        if (Approved($"Check the files of the task '{task}', and replace those that are damaged, keeping the originals"))
        {
            var report = Await((runtime, token) => runtime.Repair.RepairAsync(task, token));
            Tell($"Checked the files of the task '{report.TaskId}': {(report.Healthy ? "they are sound" : $"{report.Findings.Count} findings")}.");
            Write(report);
        }
    }
}
