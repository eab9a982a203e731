using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Cmdlets.Identities;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Shows the sandboxes of tasks and how they stand.</summary>
[Cmdlet(VerbsCommon.Get, "OcSandbox")]
[OutputType(typeof(TaskSandbox))]
[Alias("gocs")]
public sealed class GetOcSandboxCommand : OpenCodeCmdlet
{
    /// <summary>Only the sandbox of this task: its id, a unique prefix of the id, or the task itself.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("TaskId", "Id")]
    [ValidateNotNull]
    [ConvertTo(typeof(TaskIdentity))]
    [ArgumentCompleter(typeof(TaskCompleter))]
    public TaskIdentity? Task { get; set; }

    /// <inheritdoc />
    private protected override object? Subject => Task?.Given;

    /// <inheritdoc />
    private protected override void Process()
    {
        var task = Task?.Require();
        WriteEach(Await((runtime, token) => runtime.Sandboxes.ListAsync(task, token)));
    }
}
