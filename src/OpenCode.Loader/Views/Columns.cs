using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace OpenCode.Loader.Views;

/// <summary>
/// What the views show that is not a property as it is. OpenCode.Types.ps1xml names these methods as hidden properties, so that they are in no list
/// of members and in no JSON or CLIXML; OpenCode.Format.ps1xml shows them. Objects that come back from a job or a file have the properties and not the types.
/// </summary>
/// <remarks>
/// In this assembly, because PowerShell reads type files before it loads nested modules: only what RequiredAssemblies names is there by then.
/// Colours are plain escape sequences: PowerShell's formatter takes them out where <c>$PSStyle.OutputRendering</c>, NO_COLOR or a redirection ask for it.
/// </remarks>
public static class Columns
{
    private const string Reset = "\u001b[0m";
    private const string Red = "\u001b[31m";
    private const string Green = "\u001b[32m";
    private const string Yellow = "\u001b[33m";
    private const string Cyan = "\u001b[36m";
    private const string Grey = "\u001b[90m";

    private static readonly string[] Times = ["CreatedAt", "Timestamp", "StartedAt", "LastUpdated", "AcquiredAt"];

    private static readonly string[] Documents = ["Metadata", "Data"];

    /// <summary>How long ago it came to be.</summary>
    public static string? Age(PSObject instance) => Times.Select(name => Time(instance, name)).FirstOrDefault(static time => time is not null) is { } time ? Views.Age.Of(time) : null;

    /// <summary>When it ends.</summary>
    public static string Expires(PSObject instance) => Time(instance, "ExpiresAt") is { } time ? Views.Age.Of(time) : "never";

    /// <summary>How long ago it was heard of.</summary>
    public static string? Seen(PSObject instance) => Time(instance, "LastSeen") is { } time ? Views.Age.Of(time) : null;

    /// <summary>A task's status, a probe's outcome or a log entry's level, in its colour.</summary>
    public static string? Status(PSObject instance) => Coloured(Value(instance, "Status")?.ToString());

    /// <summary>A log entry's level, in its colour.</summary>
    public static string? Level(PSObject instance) => Coloured(Value(instance, "Level")?.ToString());

    /// <summary>Whether all is well, in its colour.</summary>
    public static string? Healthy(PSObject instance) => Value(instance, "Healthy") is bool healthy ? $"{(healthy ? Green : Red)}{healthy}{Reset}" : null;

    /// <summary>A command's exit code, red unless 0; what stopped it when it has none.</summary>
    public static string? Exit(PSObject instance) => (Value(instance, "ExitCode"), Value(instance, "TimedOut")) switch
    {
        (null, true) => $"{Red}time{Reset}",
        (null, _) => null,
        (0, _) => "0",
        var (code, _) => $"{Red}{code}{Reset}",
    };

    /// <summary>A command in one line.</summary>
    public static string? Command(PSObject instance) => Value(instance, "Command") is { } command ? Views.Plain.Of((command as string ?? string.Join(' ', Items(command))).ReplaceLineEndings(" ")) : null;

    /// <summary>What a task is about.</summary>
    public static string? Description(PSObject instance) => Plain(instance, "Description");

    /// <summary>Why a task failed.</summary>
    public static string? Error(PSObject instance) => Plain(instance, "Error");

    /// <summary>What a task came to.</summary>
    public static string? Result(PSObject instance) => Plain(instance, "Result");

    /// <summary>A line of a task's log.</summary>
    public static string? Message(PSObject instance) => Plain(instance, "Message");

    /// <summary>What was decided.</summary>
    public static string? Text(PSObject instance) => Plain(instance, "Text");

    /// <summary>Why it was decided.</summary>
    public static string? Reasoning(PSObject instance) => Plain(instance, "Reasoning");

    /// <summary>What an agent says of its progress.</summary>
    public static string? Progress(PSObject instance) => Plain(instance, "Progress");

    /// <summary>What a person is asked.</summary>
    public static string? Question(PSObject instance) => Plain(instance, "Question");

    /// <summary>How long a command ran.</summary>
    public static string? Duration(PSObject instance) => Value(instance, "Duration") is TimeSpan span ? Span(span) : null;

    /// <summary>A name in the colour of its task's status, for the wide view.</summary>
    public static string? Name(PSObject instance) => Coloured(Value(instance, "Name")?.ToString(), Value(instance, "Status")?.ToString());

    /// <summary>How many tasks of each status, in its colour.</summary>
    public static string? ByStatus(PSObject instance) => Value(instance, "ByStatus") is { } counts
        ? string.Join(", ", PSObject.AsPSObject(counts).Properties.Where(static count => count.Value is > 0L).Select(static count => Coloured($"{count.Value} {count.Name}", count.Name)))
        : null;

    /// <summary>How many tasks of each owner.</summary>
    public static string? ByOwner(PSObject instance) => Value(instance, "ByOwner") is IEnumerable owners
        ? string.Join(", ", owners.Cast<object>().Select(static owner => PSObject.AsPSObject(owner)).Select(static owner => $"{owner.Properties["Count"]?.Value} {owner.Properties["Owner"]?.Value}"))
        : null;

    /// <summary>How long finished tasks took.</summary>
    public static string? Durations(PSObject instance) => Members(instance, "Durations", static (name, value) => value is TimeSpan span ? $"{name} {Span(span)}" : name == "Count" ? $"{value} finished" : null);

    /// <summary>How many locks there are, and how long they are held and waited for.</summary>
    public static string? Locks(PSObject instance) => Members(instance, "Locks", static (name, value) => value switch
    {
        null => null,
        0L when name is not "Active" => null,
        TimeSpan span => $"{name} {Span(span)}",
        _ => string.Create(CultureInfo.InvariantCulture, $"{value} {name}"),
    });

    /// <summary>A JSON document as text.</summary>
    public static string? Json(PSObject instance) => Documents.Select(name => Value(instance, name)).FirstOrDefault(static value => value is not null)?.ToString();

    // Written by agents, who may have it from anywhere.
    private static string? Plain(PSObject instance, string name) => Views.Plain.Of(Value(instance, name)?.ToString());

    private static string Span(TimeSpan span) => span switch
    {
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.000} s"),
        { TotalDays: < 1 } => span.ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture),
        _ => span.ToString(@"d\.hh\:mm\:ss", CultureInfo.InvariantCulture),
    };

    private static string? Members(PSObject instance, string name, Func<string, object?, string?> show) => Value(instance, name) is { } value
        ? string.Join(", ", PSObject.AsPSObject(value).Properties.Select(member => show(member.Name, member.Value)).Where(static text => text is not null))
        : null;

    private static string? Coloured(string? text) => Coloured(text, text);

    private static string? Coloured(string? text, string? status) => status switch
    {
        "Running" => $"{Cyan}{text}{Reset}",
        "Completed" or "Healthy" => $"{Green}{text}{Reset}",
        "Failed" or "Error" or "Unhealthy" or "Missing" => $"{Red}{text}{Reset}",
        "Warn" or "Warning" or "Suspended" => $"{Yellow}{text}{Reset}",
        "Cancelled" or "Debug" => $"{Grey}{text}{Reset}",
        _ => text,
    };

    private static object? Value(PSObject instance, string name) => instance.Properties[name]?.Value is { } value ? value is PSObject wrapped ? wrapped.BaseObject : value : null;

    // A time that comes from a job or a file is an object with its parts.
    private static DateTimeOffset? Time(PSObject instance, string name) => instance.Properties[name]?.Value switch
    {
        DateTimeOffset time => time,
        PSObject { BaseObject: DateTimeOffset time } => time,
        PSObject parts when parts.Properties["UtcDateTime"]?.Value is DateTime utc => utc,
        _ => null,
    };

    private static IEnumerable<string> Items(object command) => command is IEnumerable items ? items.Cast<object?>().Select(static item => item?.ToString() ?? "") : [command.ToString() ?? ""];
}
