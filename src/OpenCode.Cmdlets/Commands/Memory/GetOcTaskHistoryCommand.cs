using System.Management.Automation;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Reads a task's log, in the order it was written.</summary>
[Cmdlet(VerbsCommon.Get, "OcTaskHistory")]
[OutputType(typeof(LogEntry))]
[Alias("gocth")]
public sealed class GetOcTaskHistoryCommand : TaskCmdlet
{
    private const int DefaultLast = 50;

    /// <summary>Only entries of this level or a heavier one.</summary>
    [Parameter]
    public LogLevel? Level { get; set; }

    /// <summary>Only entries later than this.</summary>
    [Parameter]
    public DateTimeOffset? After { get; set; }

    /// <summary>Only entries earlier than this.</summary>
    [Parameter]
    public DateTimeOffset? Before { get; set; }

    /// <summary>The oldest so many of those that match.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? First { get; set; }

    /// <summary>The newest so many of those that match; 50 when neither -First nor -Last is given.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Last { get; set; }

    /// <summary>Goes on with every entry as it arrives, from any process, until it is stopped, -First or -Before is reached, or the task is deleted, which is the error TaskNotFound.</summary>
    [Parameter]
    public SwitchParameter Follow { get; set; }

    /// <inheritdoc />
    private protected override void ProcessTask()
    {
        var task = Task.Require();
        var query = new LogQuery
        {
            Level = Level,
            After = After,
            Before = Before,
            First = First,
            Last = Last ?? (First is null ? DefaultLast : null),
        };
        if (Follow)
        {
            Stream((runtime, feed, token) => runtime.Memory.FollowAsync(task, query, count => feed.Warning(Malformed(task, count)), token));
            return;
        }

        var page = Await((runtime, token) => runtime.Memory.HistoryAsync(task, query, token));
        if (page.Malformed > 0)
        {
            WriteWarning(Malformed(task, page.Malformed));
        }

        WriteEach(page.Entries);
    }

    private static string Malformed(string task, int count) => $"{count} lines of the log of the task '{task}' could not be read and were passed over. Repair-OcTask {task} sets them aside.";
}
