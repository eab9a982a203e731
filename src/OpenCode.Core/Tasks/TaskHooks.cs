using System.Globalization;
using OpenCode.Common;
using OpenCode.Hooks;
using OpenCode.Registry;

namespace OpenCode.Tasks;

/// <summary>
/// Runs hooks around changes. The hooks before run under a claim on the task, so that of two racing callers only one runs them, and not under the
/// task's lock, so that they may change the task; the hooks after run when the change is committed and its files are written.
/// </summary>
/// <param name="way">The way of changes.</param>
/// <param name="configured">The hooks of the configuration.</param>
/// <param name="clock">The time.</param>
internal sealed class TaskHooks(TaskWay way, HookTable configured, TimeProvider clock)
{
    private static readonly TimeSpan WaitStep = TimeSpan.FromMilliseconds(50);

    /// <summary>What a claim lasts beyond the hooks' own limits, and a wait for one beyond what its holder may take.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);

    private readonly HookRunner _runner = new(clock);

    /// <summary>Makes a change with its hooks.</summary>
    /// <exception cref="OpenCodeException">HookRejected: a blocking hook failed, and nothing was changed; LockTimeout: another caller's hooks for the same task take too long; LockHeld: they run, and the change does not wait; and what the change is refused with.</exception>
    public async Task<TaskChange> MakeAsync(HookedChange change, CancellationToken cancellationToken)
    {
        var (before, after) = change.Transition.Hooks!.Value;
        var hooks = For(before, change.TaskId);
        var made = hooks.Count == 0
            ? await change.MakeAsync(null).ConfigureAwait(false)
            : await MakeAfterAsync(hooks, change, cancellationToken).ConfigureAwait(false);
        if (change.Transition.To == made.Row.Task.Status)
        {
            await RunAllAsync(For(after, change.TaskId), change, made.Row.Task, cancellationToken).ConfigureAwait(false);
        }

        return made;
    }

    /// <summary>True when a hook would run before or after a change.</summary>
    public bool Any(string taskId, Transition transition) =>
        transition.Hooks is { } hooks && (For(hooks.Before, taskId).Count > 0 || For(hooks.After, taskId).Count > 0);

    // A hook is not run again by what it does to its own task.
    private List<HookEntry> For(HookEvent moment, string taskId) =>
        [.. HookTable.For(moment, configured, HookScope.Current).Where(e => !HookFlow.Runs(taskId, e.Hook.Id))];

    private async Task<TaskChange> MakeAfterAsync(List<HookEntry> hooks, HookedChange change, CancellationToken cancellationToken)
    {
        // From within a hook that runs before a change of this task, that change's claim is ours too; waiting for it would be for ever.
        if (HookFlow.HasClaim(change.TaskId))
        {
            var row = await way.Registry.FindAsync(change.TaskId, cancellationToken).ConfigureAwait(false) ?? throw TaskWay.NotFound(change.TaskId);
            await RunOrRejectAsync(hooks, change, row.Task, cancellationToken).ConfigureAwait(false);
            return await change.MakeAsync(null).ConfigureAwait(false);
        }

        var claim = await ClaimAsync(hooks, change, cancellationToken).ConfigureAwait(false);
        var made = false;
        try
        {
            await RunOrRejectAsync(hooks, change, claim.Row.Task, cancellationToken).ConfigureAwait(false);
            var result = await change.MakeAsync(claim.Claim).ConfigureAwait(false);
            made = true;
            return result;
        }
        finally
        {
            if (!made)
            {
                await way.Registry.WriteAsync(new ReleaseHooks(change.TaskId, claim.Claim!.Value), CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async Task<HookClaim> ClaimAsync(List<HookEntry> hooks, HookedChange change, CancellationToken cancellationToken)
    {
        var duration = hooks.Aggregate(Margin, (sum, entry) => sum + entry.Hook.Timeout);
        var write = new ClaimHooks(change.TaskId, change.Transition.Name, change.From, change.Actor, change.Agent, duration) { Starts = change.Transition.To is AgentTaskStatus.Running };
        var started = clock.GetTimestamp();
        while (true)
        {
            // Whoever had the claim may have made the same change: then this one is refused here, before its hooks run.
            var claim = await way.Registry.WriteAsync(write, cancellationToken).ConfigureAwait(false);
            if (claim.Claim is not null)
            {
                return claim;
            }

            if (!change.Waits)
            {
                throw new OpenCodeException(OpenCodeError.LockHeld, $"Hooks of task '{change.TaskId}' are running for another caller ({claim.Holder}). Try again later.", change.TaskId);
            }

            if (clock.GetElapsedTime(started) > duration + Margin)
            {
                throw new OpenCodeException(
                    OpenCodeError.LockTimeout,
                    string.Create(CultureInfo.InvariantCulture, $"Hooks of task '{change.TaskId}' have been running for another caller ({claim.Holder}) for more than {(duration + Margin).TotalSeconds:0} s. Try again later, or look at that process."),
                    change.TaskId);
            }

            await Task.Delay(WaitStep, clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task RunOrRejectAsync(List<HookEntry> hooks, HookedChange change, AgentTask task, CancellationToken cancellationToken)
    {
        foreach (var entry in hooks)
        {
            var outcome = await _runner.RunAsync(entry, Invocation(entry.Hook, change, task), cancellationToken).ConfigureAwait(false);
            await TellAsync(change.TaskId, outcome).ConfigureAwait(false);
            if (outcome.Failure is not null && entry.Hook.Blocking)
            {
                throw new OpenCodeException(
                    OpenCodeError.HookRejected,
                    $"The hook '{entry.Hook.Name}' did not let task '{change.TaskId}' {change.Transition.Name}: {outcome.Failure.TrimEnd('.', ' ')}. The task stays as it was.",
                    change.TaskId,
                    outcome.Cause);
            }
        }
    }

    // The change is made: neither a hook nor whoever stops waiting takes its result from the caller.
    private async Task RunAllAsync(List<HookEntry> hooks, HookedChange change, AgentTask task, CancellationToken cancellationToken)
    {
        foreach (var entry in hooks)
        {
            try
            {
                var outcome = await _runner.RunAsync(entry, Invocation(entry.Hook, change, task), cancellationToken).ConfigureAwait(false);
                await TellAsync(change.TaskId, outcome).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                await TellAsync(change.TaskId, new HookOutcome(entry.Hook, TimeSpan.Zero, "It was stopped, because the call it ran for was cancelled.", null)).ConfigureAwait(false);
                return;
            }
        }
    }

    private async Task TellAsync(string taskId, HookOutcome outcome)
    {
        if (outcome.Failure is not { } failure)
        {
            return;
        }

        var hook = outcome.Hook;
        var milliseconds = (long)outcome.Duration.TotalMilliseconds;
        var message = string.Create(CultureInfo.InvariantCulture, $"Hook '{hook.Name}' failed at {TaskJson.Word(hook.Event)} after {milliseconds} ms: {failure}");
        var data = EventData.For(TaskEvent.HookFailed, ("hook", hook.Id), ("name", hook.Name), ("hookEvent", TaskJson.Word(hook.Event)), ("error", failure), ("duration", milliseconds));
        try
        {
            await way.ChangeAsync(taskId, new RecordEvent(taskId, TaskEvent.HookFailed, LogLevel.Warn, Shortened(message), data), CancellationToken.None).ConfigureAwait(false);
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.TaskNotFound)
        {
            // The hook, or somebody meanwhile, has deleted the task, and its log with it.
        }
    }

    private HookInvocation Invocation(Hook hook, HookedChange change, AgentTask task) => new()
    {
        Hook = hook,
        Task = task,
        AgentId = change.Agent ?? change.Actor.Agent,
        Result = change.Result,
        Timestamp = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds()),
    };

    private static string Shortened(string message) => message.Length <= 4000 ? message : message[..4000] + "…";
}
