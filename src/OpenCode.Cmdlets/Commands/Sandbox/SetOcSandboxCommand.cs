using System.Management.Automation;
using OpenCode.Registry;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Changes what a task's sandbox may use and reach, at once when it runs. What is not named stays as it is.</summary>
[Cmdlet(VerbsCommon.Set, "OcSandbox", SupportsShouldProcess = true)]
[OutputType(typeof(TaskSandbox))]
[Alias("socs")]
public sealed class SetOcSandboxCommand : SandboxCmdlet
{
    /// <summary>What it may reach: nothing, its own network without a way out, or its own network with one.</summary>
    [Parameter]
    public SandboxNetwork? Network { get; set; }

    /// <summary>The most memory, in MiB; there is no swap beyond it.</summary>
    [Parameter]
    [ValidateRange(6, 16_777_216)]
    public int? MemoryMiB { get; set; }

    /// <summary>The relative CPU weight.</summary>
    [Parameter]
    [ValidateRange(2, 262_144)]
    public int? CpuShares { get; set; }

    /// <summary>The most processes and threads.</summary>
    [Parameter]
    [ValidateRange(1, 4_194_304)]
    public int? PidsLimit { get; set; }

    /// <summary>Writes the changed sandbox.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc />
    private protected override string Deed => $"Change {string.Join(", ", Given())} of the sandbox";

    /// <inheritdoc />
    private protected override string Done => $"Changed {string.Join(", ", Given())} of the sandbox";

    /// <inheritdoc />
    private protected override bool Wanted => PassThru;

    /// <inheritdoc />
    private protected override void Begin()
    {
        base.Begin();
        if (Given().Count == 0)
        {
            Refuse("Nothing to change was given. Give at least one of -Network, -MemoryMiB, -CpuShares and -PidsLimit.");
        }
    }

    /// <inheritdoc />
    private protected override Task<TaskSandbox> ActAsync(OpenCodeRuntime runtime, string task, CancellationToken cancellationToken) =>
        runtime.Sandboxes.ConfigureAsync(task, new SandboxSettings(Network, MemoryMiB, CpuShares, PidsLimit), cancellationToken);

    private List<string> Given() => [.. new[] { nameof(Network), nameof(MemoryMiB), nameof(CpuShares), nameof(PidsLimit) }.Where(MyInvocation.BoundParameters.ContainsKey)];
}
