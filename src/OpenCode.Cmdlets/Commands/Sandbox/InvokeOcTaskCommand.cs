using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Cmdlets.Identities;
using OpenCode.Cmdlets.Pipeline;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Runs a command in a task's sandbox and gives its execution: exit code and output.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "OcTask", SupportsShouldProcess = true)]
[OutputType(typeof(Execution), typeof(ExecutionOutput))]
[Alias("ioct")]
[ActsOn(AgentTaskStatus.Running, AgentTaskStatus.Pending)]
public sealed class InvokeOcTaskCommand : ActingCmdlet
{
    private const double LongestTimeout = 24 * 60 * 60;

    /// <summary>The command: one text is for the shell, an array is an argument vector.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNull]
    [ConvertTo(typeof(CommandLine))]
    public CommandLine? Command { get; set; }

    /// <summary>How many seconds it may run; 30 when left out. After that its whole process tree is killed.</summary>
    [Parameter]
    [ValidateRange(0.001, LongestTimeout)]
    public double Timeout { get; set; } = 30;

    /// <summary>Where to run it: relative to /workspace, or absolute inside the sandbox.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? WorkingDirectory { get; set; }

    /// <summary>Writes pieces of output as they come, and the execution at the end.</summary>
    [Parameter]
    public SwitchParameter Stream { get; set; }

    /// <inheritdoc />
    private protected override string? Second => nameof(Command);

    /// <inheritdoc />
    private protected override void TakeSecond(object given) => Command = new CommandLine(given);

    /// <inheritdoc />
    private protected override void ProcessTask()
    {
        if (Command is null)
        {
            Refuse("No command was given. Give -Command.");
        }

        var (task, actor) = (Task.Require(), Actor);
        var request = Command!.ToRequest() with { Timeout = TimeSpan.FromSeconds(Timeout), WorkingDirectory = WorkingDirectory };
        if (!Approved($"Run '{Command}' in the sandbox of the task '{task}'"))
        {
            return;
        }

        var execution = Await((runtime, feed, token) => runtime.Executions.RunAsync(task, request, actor, new RunReporter(feed, Stream), token));
        Tell($"Ran the command '{execution.Id}' in the task '{execution.TaskId}' {InWhoseName}: {(execution.ExitCode is { } code ? $"exit code {code}" : "no exit code")} after {execution.Duration?.TotalMilliseconds ?? 0:0} ms.");
        Write(execution);
        if (execution.TimedOut)
        {
            WriteWarning($"The command was stopped because its {Timeout} s were over. Give it more time with -Timeout.");
        }
    }
}
