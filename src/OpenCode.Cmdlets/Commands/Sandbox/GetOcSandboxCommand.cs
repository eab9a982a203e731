using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Cmdlets.Identities;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Shows the sandboxes of tasks and how they stand.</summary>
[Cmdlet(VerbsCommon.Get, "OcSandbox", DefaultParameterSetName = TaskSet)]
[OutputType(typeof(TaskSandbox), ParameterSetName = [TaskSet])]
[OutputType(typeof(SandboxPool), ParameterSetName = [PoolSet])]
[Alias("gocs")]
public sealed class GetOcSandboxCommand : OpenCodeCmdlet
{
    private const string TaskSet = "Task";
    private const string PoolSet = "Pool";

    /// <summary>Only the sandbox of this task: its id, a unique prefix of the id, or the task itself.</summary>
    [Parameter(ParameterSetName = TaskSet, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("TaskId", "Id")]
    [ValidateNotNull]
    [ConvertTo(typeof(TaskIdentity))]
    [ArgumentCompleter(typeof(TaskCompleter))]
    public TaskIdentity? Task { get; set; }

    /// <summary>Shows how the containers stand that are kept ready, and not the sandboxes.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PoolSet)]
    public SwitchParameter Pool { get; set; }

    /// <inheritdoc />
    private protected override object? Subject => Task?.Given;

    /// <inheritdoc />
    private protected override void Process()
    {
        if (Pool)
        {
            Write(Await(static (runtime, token) => runtime.Pool.StandingAsync(token)));
            return;
        }

        var task = Task?.Require();
        WriteEach(Await((runtime, token) => runtime.Sandboxes.ListAsync(task, token)));
    }
}
