using OpenCode.Hooks;
using OpenCode.Layers;

namespace OpenCode.Tasks;

/// <summary>Keeps the plan in a task's workspace: made when the task starts, brought up to date when it starts again or fails, and finalised when it completes.</summary>
internal sealed class PlanFileHook(TaskWay way, PlanLayer plan) : IHookAction
{
    /// <inheritdoc />
    public async Task RunAsync(HookInvocation invocation, CancellationToken cancellationToken)
    {
        var (held, row) = await way.EnterAsync(invocation.TaskId, cancellationToken).ConfigureAwait(false);
        using (held)
        {
            plan.Write(held, way.Folder(held.TaskId), row.Task, Line(invocation));
        }
    }

    private static string Line(HookInvocation invocation)
    {
        var who = invocation.AgentId is { } agent ? $" by {agent}" : "";
        return invocation.Event switch
        {
            HookEvent.AfterTaskStart => $"started{who} (attempt {invocation.Task.Attempt})",
            HookEvent.AfterTaskFail => $"failed{who}: {invocation.Error}",
            HookEvent.AfterTaskComplete => $"completed{who}{(invocation.Result?.Message is { } message ? $": {message}" : "")}",
            _ => $"{invocation.Event}",
        };
    }
}
