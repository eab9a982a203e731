using System.Management.Automation;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Changes the data that agents keep in a task.</summary>
[Cmdlet(VerbsCommon.Set, "OcTaskState", SupportsShouldProcess = true, DefaultParameterSetName = DataSet)]
[OutputType(typeof(TaskState))]
[Alias("socts")]
public sealed class SetOcTaskStateCommand : ActingCmdlet
{
    private const string DataSet = "Data";
    private const string UpdateSet = "Update";

    /// <summary>Members to put over the present ones: a hashtable, an object, or JSON text. A member whose value is null is taken out.</summary>
    [Parameter(Position = 1, ParameterSetName = DataSet)]
    public object? Data { get; set; }

    /// <summary>Reads, changes and writes: is given the present data, and writes the members to put over them. Runs again when somebody else was faster.</summary>
    [Parameter(Mandatory = true, ParameterSetName = UpdateSet)]
    public ScriptBlock? Update { get; set; }

    /// <summary>Puts the data in place of all that was there.</summary>
    [Parameter(ParameterSetName = DataSet)]
    public SwitchParameter Replace { get; set; }

    /// <summary>The version you know; when it is another one by now, nothing is changed.</summary>
    /// <remarks>Never taken from an object of the pipeline: every change of a piped task would then depend on how old that object is, without anybody having said so.</remarks>
    [Parameter(ParameterSetName = DataSet)]
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
        if (Update is not null)
        {
            UpdateTask(Update);
            return;
        }

        var (task, actor, data) = (Task.Require(), Actor, ScriptJson.Map(Data, nameof(Data)));
        if (data is null)
        {
            Refuse("No data was given. Give -Data, or -Update with a script block.");
        }

        if (Approved(Replace ? $"Replace the state data of the task '{task}'" : $"Change {string.Join(", ", data!.Keys)} in the state data of the task '{task}'"))
        {
            Told(Await((runtime, token) => runtime.Memory.ChangeStateAsync(task, data!, Replace, Version, actor, token)), data!);
        }
    }

    private void UpdateTask(ScriptBlock update)
    {
        var (task, actor) = (Task.Require(), Actor);
        if (Approved($"Change the state data of the task '{task}' by a script block"))
        {
            var members = JsonMap.Empty;
            var changed = Await((runtime, feed, token) => runtime.Memory.UpdateStateAsync(
                task,
                async (state, stopped) =>
                {
                    await feed.CallAsync(_ => members = Members(RunScript(update, state.Data, streams: false)), stopped).ConfigureAwait(false);
                    return members;
                },
                actor,
                token));
            Told(changed, members);
        }
    }

    private static JsonMap Members(IReadOnlyList<PSObject?> written) => written switch
    {
        // What decides that there is nothing to change writes nothing.
        [] or [null] => JsonMap.Empty,
        [{ } one] => ScriptJson.Map(one, nameof(Update))!,
        _ => throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The script block of -Update wrote {written.Count} objects. Have it write one: the members to change."),
    };

    private void Told(TaskState changed, JsonMap members)
    {
        var what = members.Count > 0 ? string.Join(", ", members.Keys) : Replace ? "everything" : "nothing";
        Tell($"Changed {what} in the state data of the task '{changed.TaskId}' (version {changed.Version}) {InWhoseName}.");
        if (PassThru)
        {
            Write(changed);
        }
    }
}
