using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Changes fields of a task. What is not named stays as it is.</summary>
[Cmdlet(VerbsCommon.Set, "OcTask", SupportsShouldProcess = true)]
[OutputType(typeof(AgentTask))]
[Alias("soct")]
public sealed class SetOcTaskCommand : ActingCmdlet
{
    /// <summary>The new name.</summary>
    [Parameter]
    public string? Name { get; set; }

    /// <summary>The new description.</summary>
    [Parameter]
    public string? Description { get; set; }

    /// <summary>The new owner.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(OwnerCompleter))]
    public string? Owner { get; set; }

    /// <summary>The new priority.</summary>
    [Parameter]
    public int? Priority { get; set; }

    /// <summary>Members to put over the present metadata: a hashtable, an object, or JSON text. A member whose value is null is taken out.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MetadataCompleter))]
    public object? Metadata { get; set; }

    /// <summary>The version you know; when the task has another one by now, nothing is changed.</summary>
    /// <remarks>Never taken from an object of the pipeline: every change of a piped task would then depend on how old that object is, without anybody having said so.</remarks>
    [Parameter]
    [Alias("ExpectedVersion")]
    public long? Version { get; set; }

    /// <summary>Writes the changed task.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc />
    private protected override void ProcessTask()
    {
        string[] fields = [.. new[] { nameof(Name), nameof(Description), nameof(Owner), nameof(Priority), nameof(Metadata) }.Where(MyInvocation.BoundParameters.ContainsKey)];
        if (fields.Length == 0)
        {
            Refuse("Nothing to change was given. Give at least one of -Name, -Description, -Owner, -Priority and -Metadata.");
        }

        var (task, actor) = (Task.Require(), Actor);
        var patch = new TaskPatch
        {
            Name = Name,
            Description = Description,
            Owner = Owner,
            Priority = Priority,
            Metadata = ScriptJson.Map(Metadata, nameof(Metadata)),
            ExpectedVersion = Version,
        };
        if (Approved($"Change {string.Join(", ", fields)} of the task '{task}'"))
        {
            var changed = Await((runtime, token) => runtime.Tasks.UpdateAsync(task, patch, actor, token));
            Tell($"Changed {string.Join(", ", fields)} of the task '{changed.Id}' (version {changed.Version}) {InWhoseName}.");
            if (PassThru)
            {
                Write(changed);
            }
        }
    }
}
