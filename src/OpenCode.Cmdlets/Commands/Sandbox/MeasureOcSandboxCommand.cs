using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Cmdlets.Identities;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Measures what the sandboxes of tasks use: processor, memory, processes, networks and disks.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "OcSandbox")]
[OutputType(typeof(SandboxUsage))]
[Alias("msocs")]
public sealed class MeasureOcSandboxCommand : OpenCodeCmdlet
{
    private readonly List<TaskIdentity> _tasks = [];
    private bool _asked;

    /// <summary>Whose sandboxes: ids, unique prefixes of ids, or the tasks themselves. Those of the pipeline are collected and measured together. Every running one of the store when left out.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("TaskId", "Id")]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(TaskCompleter))]
    public TaskIdentity[] Task { get; set; } = [];

    /// <summary>Goes on, with a sample of each sandbox about once a second, until all have stopped or the pipeline is stopped.</summary>
    [Parameter]
    public SwitchParameter Continuous { get; set; }

    /// <inheritdoc />
    private protected override void Process()
    {
        _tasks.AddRange(Task);
        _asked = true;
    }

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

        // A pipeline that brought nothing that could be taken asks for nothing, and not for everything.
        if (!_asked || (_tasks.Count > 0 && names.Count == 0))
        {
            return;
        }

        Stream((runtime, feed, token) => runtime.Measures.MeasureAsync(_tasks.Count == 0 ? null : names, Continuous, feed.Failure, token));
    }
}
