using System.Management.Automation;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Shows the store in numbers: tasks by status and owner, how long they took, leases, and the newest tasks.</summary>
[Cmdlet(VerbsCommon.Get, "OcTaskStatistic")]
[OutputType(typeof(TaskStatistic))]
[Alias("goctst")]
public sealed class GetOcTaskStatisticCommand : OpenCodeCmdlet
{
    /// <summary>How many of the newest tasks come along.</summary>
    [Parameter]
    [ValidateRange(0, 1000)]
    public int Recent { get; set; } = 5;

    /// <inheritdoc />
    private protected override void Process() => Write(Await((runtime, token) => runtime.Tasks.StatisticAsync(Recent, token)));
}
