using System.Management.Automation;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Lets a suspended sandbox go on, and starts one that has stopped.</summary>
[Cmdlet(VerbsLifecycle.Resume, "OcSandbox", SupportsShouldProcess = true)]
[OutputType(typeof(TaskSandbox))]
[Alias("ruocs")]
public sealed class ResumeOcSandboxCommand : SandboxCmdlet
{
    /// <inheritdoc />
    private protected override string Deed => "Resume the sandbox";

    /// <inheritdoc />
    private protected override string Done => "Resumed the sandbox";

    /// <inheritdoc />
    private protected override Task<TaskSandbox> ActAsync(OpenCodeRuntime runtime, string task, CancellationToken cancellationToken) => runtime.Sandboxes.ResumeAsync(task, cancellationToken);
}
