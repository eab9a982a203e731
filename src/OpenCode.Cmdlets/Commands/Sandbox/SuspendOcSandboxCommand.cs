using System.Management.Automation;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Freezes everything in a task's sandbox.</summary>
[Cmdlet(VerbsLifecycle.Suspend, "OcSandbox", SupportsShouldProcess = true)]
[OutputType(typeof(TaskSandbox))]
[Alias("ssocs")]
public sealed class SuspendOcSandboxCommand : SandboxCmdlet
{
    /// <inheritdoc />
    private protected override string Deed => "Suspend the sandbox";

    /// <inheritdoc />
    private protected override string Done => "Suspended the sandbox";

    /// <inheritdoc />
    private protected override Task<TaskSandbox> ActAsync(OpenCodeRuntime runtime, string task, CancellationToken cancellationToken) => runtime.Sandboxes.SuspendAsync(task, cancellationToken);
}
