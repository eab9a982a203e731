using System.Management.Automation;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Writes a line to a task's log.</summary>
[Cmdlet(VerbsCommon.Add, "OcTaskLog", SupportsShouldProcess = true)]
[OutputType(typeof(LogEntry))]
[Alias("aoctl")]
public sealed class AddOcTaskLogCommand : ActingCmdlet
{
    /// <summary>What happened, for people.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    public string? Message { get; set; }

    /// <summary>Its weight; Info when left out.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public LogLevel Level { get; set; } = LogLevel.Info;

    /// <summary>What happened, for programs: a hashtable, an object, or the JSON text of an object.</summary>
    [Parameter]
    public object? Data { get; set; }

    /// <summary>Writes the entry.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc />
    private protected override string? Second => nameof(Message);

    /// <inheritdoc />
    private protected override void TakeSecond(object given) => Message = given.ToString();

    /// <inheritdoc />
    private protected override void ProcessTask()
    {
        if (Message is null)
        {
            Refuse("No message was given. Give -Message.");
        }

        var (task, actor, data) = (Task.Require(), Actor, ScriptJson.Map(Data, nameof(Data)));
        if (Approved($"Write a line to the log of the task '{task}'"))
        {
            var entry = Await((runtime, token) => runtime.Memory.LogAsync(task, Level, Message!, data, actor, token));
            Tell($"Logged {entry.Message.Length} characters at level {entry.Level} to the task '{task}' {InWhoseName}.");
            if (PassThru)
            {
                Write(entry);
            }
        }
    }
}
