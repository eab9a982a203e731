using System.Management.Automation;
using OpenCode.Cmdlets.Completion;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Reads the decisions that were taken in a task, in the order they were taken.</summary>
[Cmdlet(VerbsCommon.Get, "OcTaskDecision")]
[OutputType(typeof(Decision))]
[Alias("goctd")]
public sealed class GetOcTaskDecisionCommand : TaskCmdlet
{
    /// <summary>Only decisions of this agent.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AgentCompleter))]
    public string? Agent { get; set; }

    /// <summary>Only the newest so many.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Last { get; set; }

    /// <inheritdoc />
    private protected override void ProcessTask()
    {
        var task = Task.Require();
        WriteEach(Await((runtime, token) => runtime.Memory.DecisionsAsync(task, Agent, Last, token)));
    }
}
