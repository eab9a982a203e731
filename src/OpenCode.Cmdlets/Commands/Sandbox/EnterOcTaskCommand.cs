using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Cmdlets.Identities;
using OpenCode.Cmdlets.Pipeline;
using OpenCode.Sandboxes;
using OpenCode.Sandboxes.Terminals;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Opens a shell in a task's sandbox at this terminal. The session is recorded as an execution of the task.</summary>
[Cmdlet(VerbsCommon.Enter, "OcTask", SupportsShouldProcess = true)]
[OutputType(typeof(Execution))]
[Alias("etoct")]
[ActsOn(AgentTaskStatus.Running, AgentTaskStatus.Pending)]
public sealed class EnterOcTaskCommand : ActingCmdlet
{
    private static readonly CommandLine Shell = new(new[] { "/bin/sh" });

    /// <summary>What to run at the terminal: one text is for the shell, an array is an argument vector. A shell when left out.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNull]
    [ConvertTo(typeof(CommandLine))]
    public CommandLine Command { get; set; } = Shell;

    /// <summary>Where to begin: relative to /workspace, or absolute inside the sandbox.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? WorkingDirectory { get; set; }

    /// <summary>The user as numbers, uid or uid:gid; never root.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? User { get; set; }

    /// <summary>Writes the execution when the session is over.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc />
    private protected override string? Second => nameof(Command);

    /// <inheritdoc />
    private protected override void TakeSecond(object given) => Command = new CommandLine(given);

    /// <inheritdoc />
    private protected override void ProcessTask()
    {
        var (task, actor) = (Task.Require(), Actor);
        var request = Command.ToRequest() with { WorkingDirectory = WorkingDirectory, User = User };
        if (!Approved($"Run '{Command}' at this terminal in the sandbox of the task '{task}'"))
        {
            return;
        }

        using var terminal = new ProcessTerminal();
        var execution = Await((runtime, feed, token) => runtime.Executions.RunAtTerminalAsync(task, request, terminal, actor, new SessionReporter(new RunReporter(feed, false)), token));
        Tell($"Left the sandbox of the task '{execution.TaskId}', '{execution.Id}' {InWhoseName}: {(execution.ExitCode is { } code ? $"exit code {code}" : "no exit code")}.");
        if (PassThru)
        {
            Write(execution);
        }
    }

    /// <summary>The making of the sandbox is shown. What would come later would be written over what the session shows; the task's log has it.</summary>
    private sealed class SessionReporter(RunReporter reporter) : IRunObserver
    {
        public void Preparing(SandboxProgress progress) => reporter.Preparing(progress);

        public void Output(bool isError, string text)
        {
        }
    }
}
