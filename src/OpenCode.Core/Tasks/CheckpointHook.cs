using OpenCode.Common;
using OpenCode.Hooks;

namespace OpenCode.Tasks;

/// <summary>Takes a checkpoint before a task completes.</summary>
internal sealed class CheckpointHook(TaskCheckpoints checkpoints) : IHookAction
{
    /// <inheritdoc />
    public Task RunAsync(HookInvocation invocation, CancellationToken cancellationToken) =>
        checkpoints.CreateAsync(invocation.TaskId, "Before completing", Actor.Operator, cancellationToken);
}
