using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Cmdlets.Identities;
using OpenCode.Cmdlets.Pipeline;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Waits until tasks are completed, failed or cancelled, whichever process brings them there, and gives the tasks.</summary>
[Cmdlet(VerbsLifecycle.Wait, "OcTask")]
[OutputType(typeof(AgentTask))]
[Alias("woct")]
public sealed class WaitOcTaskCommand : OpenCodeCmdlet
{
    private const double LongestTimeout = 365 * 24 * 60 * 60;

    private readonly List<TaskIdentity> _tasks = [];

    /// <summary>The tasks: ids, unique prefixes of ids, or the tasks themselves. Those of the pipeline are collected and waited for together.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("TaskId", "Id")]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(TaskCompleter))]
    public TaskIdentity[] Task { get; set; } = [];

    /// <summary>The statuses to wait for, any of them; Completed, Failed and Cancelled when left out. One that a task only passes through counts.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public AgentTaskStatus[] Status { get; set; } = [.. WaitRequest.Ends];

    /// <summary>Waits for one of the tasks, not for all.</summary>
    [Parameter]
    public SwitchParameter Any { get; set; }

    /// <summary>The longest wait in seconds; without it, it has no end. What got there by then is written, and then the error LockTimeout.</summary>
    [Parameter]
    [ValidateRange(0.0, LongestTimeout)]
    public double? Timeout { get; set; }

    /// <inheritdoc />
    private protected override void Process() => _tasks.AddRange(Task);

    /// <inheritdoc />
    private protected override void End()
    {
        var names = new List<string>();
        foreach (var task in _tasks)
        {
            try
            {
                names.Add(task.Require());
            }
            catch (OpenCodeException e)
            {
                WriteError(ErrorRecords.From(e, task.Given));
            }
        }

        if (names.Count == 0)
        {
            return;
        }

        var request = new WaitRequest(names) { Statuses = Status, Any = Any, Limit = Timeout is { } seconds ? TimeSpan.FromSeconds(seconds) : null };
        var progress = new CountProgress("Waiting for tasks");
        Tell($"Waiting for {(Any && names.Count > 1 ? "one" : "all")} of {names.Count} tasks to be {string.Join(" or ", Status)}.");
        var outcome = Await((runtime, feed, token) => runtime.Tasks.WaitAsync(request, new WaitReporter(feed, progress), token));
        if (progress.Last() is { } last)
        {
            WriteProgress(last);
        }

        WriteEach(outcome.Reached);
        if (outcome.Timeout is not null)
        {
            WriteFailure(outcome.Timeout);
        }
    }
}
