using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Cmdlets.Identities;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Reads the commands that were run in a task's sandbox, in the order they were run.</summary>
[Cmdlet(VerbsCommon.Get, "OcTaskExecution")]
[OutputType(typeof(Execution))]
[Alias("gocte")]
public sealed class GetOcTaskExecutionCommand : TaskCmdlet
{
    /// <summary>The task: its id, a unique prefix of the id, or the task itself.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("TaskId")]
    [ValidateNotNull]
    [ConvertTo(typeof(TaskIdentity))]
    [ArgumentCompleter(typeof(TaskCompleter))]
    public override TaskIdentity Task { get; set; } = null!;

    /// <summary>Only the execution with this id, or a unique beginning of it, or those that match a pattern with wildcards.</summary>
    [Parameter(Position = 1)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ExecutionCompleter))]
    public string? Id { get; set; }

    /// <summary>Only the newest so many.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Last { get; set; }

    /// <inheritdoc />
    private protected override string? Second => nameof(Id);

    /// <inheritdoc />
    private protected override void TakeSecond(object given) => Id = given.ToString();

    /// <inheritdoc />
    private protected override void ProcessTask()
    {
        var task = Task.Require();
        WriteEach(Await((runtime, token) => runtime.Executions.ListAsync(task, Id, Last, token)));
    }
}
