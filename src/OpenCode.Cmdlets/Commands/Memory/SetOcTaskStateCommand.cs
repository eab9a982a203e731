using System.Management.Automation;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Changes the data that agents keep in a task.</summary>
[Cmdlet(VerbsCommon.Set, "OcTaskState", SupportsShouldProcess = true)]
[OutputType(typeof(TaskState))]
[Alias("socts")]
public sealed class SetOcTaskStateCommand : ActingCmdlet
{
    /// <summary>Members to put over the present ones: a hashtable, an object, or JSON text. A member whose value is null is taken out.</summary>
    [Parameter(Position = 1)]
    public object? Data { get; set; }

    /// <summary>Puts the data in place of all that was there.</summary>
    [Parameter]
    public SwitchParameter Replace { get; set; }

    /// <summary>The version you know; when it is another one by now, nothing is changed.</summary>
    /// <remarks>Never taken from an object of the pipeline: every change of a piped task would then depend on how old that object is, without anybody having said so.</remarks>
    [Parameter]
    [Alias("ExpectedVersion")]
    public long? Version { get; set; }

    /// <summary>Writes the changed state.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc />
    private protected override string? Second => nameof(Data);

    /// <inheritdoc />
    private protected override void TakeSecond(object given) => Data = given;

    /// <inheritdoc />
    private protected override void ProcessTask()
    {
        var (task, actor, data) = (Task.Require(), Actor, ScriptJson.Map(Data, nameof(Data)));
        if (data is null)
        {
            Refuse("No data was given. Give -Data.");
        }

        if (Approved(Replace ? $"Replace the state data of the task '{task}'" : $"Change {string.Join(", ", data!.Keys)} in the state data of the task '{task}'"))
        {
            var changed = Await((runtime, token) => runtime.Memory.ChangeStateAsync(task, data!, Replace, Version, actor, token));
            Tell($"Changed the state data of the task '{changed.TaskId}' (version {changed.Version}) {InWhoseName}.");
            if (PassThru)
            {
                Write(changed);
            }
        }
    }
}
