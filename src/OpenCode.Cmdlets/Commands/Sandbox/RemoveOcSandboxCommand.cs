using System.Management.Automation;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Removes a task's sandbox with everything that runs in it. The workspace stays, and the next command makes a new one.</summary>
[Cmdlet(VerbsCommon.Remove, "OcSandbox", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
[Alias("rocs")]
public sealed class RemoveOcSandboxCommand : TaskCmdlet
{
    /// <inheritdoc />
    private protected override string? Activity => "Removing sandboxes";

    /// <inheritdoc />
    private protected override void ProcessTask()
    {
        var task = Task.Require();
        if (Approved($"Remove the sandbox of the task '{task}' with everything that runs in it"))
        {
            Await((runtime, token) => runtime.Sandboxes.RemoveAsync(task, token));
            Tell($"Removed the sandbox of the task '{task}'.");
        }
    }
}
