using System.Management.Automation;
using OpenCode.Cmdlets.Completion;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Starts a pending task without attaching an agent.</summary>
[Cmdlet(VerbsLifecycle.Start, "OcTask", SupportsShouldProcess = true)]
[OutputType(typeof(AgentTask))]
[Alias("saoct")]
[ActsOn(AgentTaskStatus.Pending)]
public sealed class StartOcTaskCommand : ActingCmdlet
{
    /// <inheritdoc />
    private protected override void ProcessTask()
    {
        var (task, actor) = (Task.Require(), Actor);
        if (Approved($"Start the task '{task}'"))
        {
            var started = Await((runtime, token) => runtime.Tasks.StartAsync(task, actor, token));
            Tell($"Started the task '{started.Id}' (version {started.Version}) {InWhoseName}.");
            Write(started);
        }
    }
}
