namespace OpenCode.Cmdlets;

/// <summary>A cmdlet that does something to a task's sandbox and gives the sandbox.</summary>
public abstract class SandboxCmdlet : TaskCmdlet
{
    /// <summary>What would happen, as an instruction: <c>Suspend the sandbox</c>.</summary>
    private protected abstract string Deed { get; }

    /// <summary>What has happened: <c>Suspended the sandbox</c>.</summary>
    private protected abstract string Done { get; }

    /// <summary>Does it.</summary>
    private protected abstract Task<TaskSandbox> ActAsync(OpenCodeRuntime runtime, string task, CancellationToken cancellationToken);

    /// <inheritdoc />
    private protected sealed override void ProcessTask()
    {
        var task = Task.Require();
        if (Approved($"{Deed} of the task '{task}'"))
        {
            var sandbox = Await((runtime, token) => ActAsync(runtime, task, token));
            Tell($"{Done} '{sandbox.Name}' of the task '{sandbox.TaskId}': {sandbox.Status}.");
            if (Wanted)
            {
                Write(sandbox);
            }
        }
    }

    /// <summary>True when the sandbox is to be written.</summary>
    private protected virtual bool Wanted => true;
}
