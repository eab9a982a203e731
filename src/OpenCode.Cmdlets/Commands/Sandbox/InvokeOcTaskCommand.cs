using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Management.Automation;
using System.Text;
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

    /// <summary>Variables put over the sandbox's environment.</summary>
    [Parameter]
    [ValidateNotNull]
    [SuppressMessage("Usage", "CA2227:Collection properties should be read only", Justification = "PowerShell binds a parameter by its setter.")]
    public Hashtable? Environment { get; set; }

    /// <summary>The user as numbers, uid or uid:gid; never root.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? User { get; set; }

    /// <summary>What the command reads from its standard input: a text as it is, several as lines, bytes as they are.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? StandardInput { get; set; }

    /// <summary>How many seconds to wait for room, when a sandbox has to be made and all of the store together take what they may; 0 refuses at once.</summary>
    [Parameter]
    [ValidateRange(0, LongestTimeout)]
    public double WaitSeconds { get; set; }

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
        using var input = StandardInput is null ? null : new MemoryStream(Bytes(StandardInput), false);
        var request = Command!.ToRequest() with { Timeout = TimeSpan.FromSeconds(Timeout), WorkingDirectory = WorkingDirectory, Environment = Variables(), User = User, Input = input, SandboxWait = TimeSpan.FromSeconds(WaitSeconds) };
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

    private static byte[] Bytes(object given) => (given is PSObject wrapped ? wrapped.BaseObject : given) switch
    {
        byte[] bytes => bytes,
        IEnumerable lines and not string => Encoding.UTF8.GetBytes(string.Concat(lines.Cast<object?>().Select(static line => $"{line}\n"))),
        var text => Encoding.UTF8.GetBytes(text.ToString() ?? ""),
    };

    private Dictionary<string, string> Variables()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment ?? [])
        {
            variables[variable.Key.ToString() ?? ""] = Convert.ToString(variable.Value is PSObject wrapped ? wrapped.BaseObject : variable.Value, CultureInfo.InvariantCulture) ?? "";
        }

        return variables;
    }
}
