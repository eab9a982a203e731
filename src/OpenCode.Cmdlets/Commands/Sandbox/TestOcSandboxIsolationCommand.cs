using System.Management.Automation;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Tries from inside a task's sandbox whether it keeps in what runs in it. Each probe gives one object; one that fails is a result, and no error.</summary>
[Cmdlet(VerbsDiagnostic.Test, "OcSandboxIsolation")]
[OutputType(typeof(IsolationProbe))]
public sealed class TestOcSandboxIsolationCommand : TaskCmdlet
{
    /// <inheritdoc />
    private protected override void ProcessTask()
    {
        var task = Task.Require();
        Stream((runtime, token) => runtime.Isolation.TestAsync(task, token));
    }
}
