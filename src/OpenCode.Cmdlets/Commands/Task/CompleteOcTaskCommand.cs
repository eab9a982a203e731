using System.Management.Automation;
using OpenCode.Cmdlets.Completion;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Ends a running task: with a result, or with an error.</summary>
[Cmdlet(VerbsLifecycle.Complete, "OcTask", SupportsShouldProcess = true, DefaultParameterSetName = "Complete")]
[OutputType(typeof(AgentTask))]
[Alias("cmpoct")]
[ActsOn(AgentTaskStatus.Running)]
public sealed class CompleteOcTaskCommand : ActingCmdlet
{
    /// <summary>The result: any object or array, or JSON text of an object or array. Other text is a result itself.</summary>
    [Parameter(Position = 1)]
    public object? Result { get; set; }

    /// <summary>A sentence for people.</summary>
    [Parameter]
    public string? Message { get; set; }

    /// <summary>What went wrong; the task fails instead of completing.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Fail")]
    [ValidateNotNullOrEmpty]
    public string? ErrorMessage { get; set; }

    /// <inheritdoc />
    private protected override string? Second => nameof(Result);

    /// <inheritdoc />
    private protected override void TakeSecond(object given) => Result = given;

    /// <inheritdoc />
    private protected override void ProcessTask()
    {
        var (task, actor, data) = (Task.Require(), Actor, ScriptJson.Value(Result, nameof(Result)));
        if (ErrorMessage is null)
        {
            if (Approved($"Complete the task '{task}'"))
            {
                var completed = Await((runtime, token) => runtime.Tasks.CompleteAsync(task, data, Message, actor, token));
                Tell($"Completed the task '{completed.Id}' (version {completed.Version}) {InWhoseName}.");
                Write(completed);
            }
        }
        else if (Approved($"Fail the task '{task}' with the error '{ErrorMessage}'"))
        {
            var failed = Await((runtime, token) => runtime.Tasks.FailAsync(task, ErrorMessage, data, Message, actor, token));
            Tell($"Failed the task '{failed.Id}' (version {failed.Version}) {InWhoseName}.");
            Write(failed);
        }
    }
}
