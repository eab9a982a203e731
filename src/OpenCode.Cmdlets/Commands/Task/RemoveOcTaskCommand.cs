using System.Management.Automation;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Deletes a task with everything that belongs to it.</summary>
[Cmdlet(VerbsCommon.Remove, "OcTask", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
[Alias("roct")]
public sealed class RemoveOcTaskCommand : TaskCmdlet
{
    /// <summary>Deletes a running task too; it is cancelled first.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc />
    private protected override string? Activity => "Deleting tasks";

    /// <inheritdoc />
    private protected override void ProcessTask()
    {
        var (task, force) = (Task.Require(), Force.IsPresent);
        var deed = $"Delete the task '{task}' with its sandbox, leases, checkpoints and files";
        if (Approved(force ? $"{deed}, cancelling it first when it is running" : deed))
        {
            var removal = Await((runtime, token) => runtime.Tasks.DeleteAsync(task, force, token));
            Tell($"Deleted the task '{removal.TaskId}'{(removal.Remaining is null ? "" : ", but for its sandbox")}.");
            if (removal.Remaining is not null)
            {
                WriteWarning(removal.Remaining);
            }
        }
    }
}
