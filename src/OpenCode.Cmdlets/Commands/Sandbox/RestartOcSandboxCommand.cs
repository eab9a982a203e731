using System.Management.Automation;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Ends everything in a task's sandbox and starts it again.</summary>
[Cmdlet(VerbsLifecycle.Restart, "OcSandbox", SupportsShouldProcess = true)]
[OutputType(typeof(TaskSandbox))]
[Alias("rtocs")]
public sealed class RestartOcSandboxCommand : SandboxCmdlet
{
    /// <inheritdoc />
    private protected override string Deed => "Restart the sandbox, ending everything in it,";

    /// <inheritdoc />
    private protected override string Done => "Restarted the sandbox";

    /// <inheritdoc />
    private protected override Task<TaskSandbox> ActAsync(OpenCodeRuntime runtime, string task, CancellationToken cancellationToken) => runtime.Sandboxes.RestartAsync(task, cancellationToken);
}
