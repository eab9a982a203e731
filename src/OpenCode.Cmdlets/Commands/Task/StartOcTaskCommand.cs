using System.Management.Automation;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Starts a pending task without attaching an agent.</summary>
[Cmdlet(VerbsLifecycle.Start, "OcTask", SupportsShouldProcess = true)]
[OutputType(typeof(AgentTask))]
[Alias("saoct")]
public sealed class StartOcTaskCommand : ActingCmdlet
{
    /// <inheritdoc />
    private protected override void ProcessTask()
    {
        var (task, actor) = (Task.Require(), Actor);
        if (Approved($"Start the task '{task}'"))
        {
            Write(Await((runtime, token) => runtime.Tasks.StartAsync(task, actor, token)));
        }
    }
}
