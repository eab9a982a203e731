using OpenCode.Common;
using OpenCode.Registry;

namespace OpenCode.Tasks;

/// <content>Agents: how they come to a task, stay, and leave it.</content>
public sealed partial class TaskService
{
    /// <summary>The longest lease an agent can ask for.</summary>
    public static readonly TimeSpan LongestLease = TimeSpan.FromDays(30);

    /// <summary>The longest note of an agent's progress, in characters.</summary>
    public const int ProgressLength = 4_000;

    // A lease that ends is ended by whoever looks: those who wait look as often as this.
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(1);

    /// <summary>Gives an agent a lease on a task; the first agent starts it. Agents that wait for an exclusive task get it in the order of their coming.</summary>
    /// <returns>The lease, with the fence the agent shows at its writes.</returns>
    /// <exception cref="OpenCodeException">LockHeld or, after a wait, LockTimeout: another agent has an exclusive task; InvalidTransition: the task is finished.</exception>
    public async Task<Lease> AttachAsync(string task, AttachRequest request, CancellationToken cancellationToken)
    {
        var lease = new LeaseRequest(Agent(request.Agent), request.NoExpiry ? null : Duration(request.Lease));
        var id = await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        try
        {
            return (await AttachOnceAsync(new AttachAgent(id, lease), cancellationToken).ConfigureAwait(false)).Lease!;
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.LockHeld && request.Wait > TimeSpan.Zero)
        {
            return await AttachInTurnAsync(new AttachAgent(id, lease), request.Wait, e, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Gives an agent the next task there is to do: the ready one of the highest priority, of those the oldest. It is started, and leased to the agent. A call that is
    /// cancelled has taken none: what it was given at that very moment is given back, and is ready again. A task whose files are damaged is passed over.
    /// </summary>
    /// <returns>The task and the lease; null when none is ready, or was within the wait.</returns>
    /// <exception cref="OpenCodeException">InvalidArgument: a name or time is not of its form; HookRejected: a blocking hook let none of the ready tasks be started; StateCorrupt: nothing else is ready than a task with damaged files, and the call does not wait.</exception>
    public async Task<TaskClaim?> ClaimAsync(ClaimRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var write = new ClaimTask(new LeaseRequest(Agent(request.Agent), request.NoExpiry ? null : Duration(request.Lease)) { RequestKey = request.RequestKey }, request.Owner is null ? null : Input.Agent(request.Owner, "owner"));
        var started = _clock.GetTimestamp();
        using var watch = request.Wait == TimeSpan.Zero ? null : _way.Registry.Watch();
        while (true)
        {
            await _way.SweepAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                if (await ClaimOnceAsync(write, cancellationToken).ConfigureAwait(false) is { } claim)
                {
                    return await KeptAsync(claim, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (OpenCodeException e) when (e.Error is OpenCodeError.StateCorrupt && watch is not null)
            {
                // Only damaged tasks are ready. Whoever waits goes on: others may come, and the damage is told where the task is used and by the store's health.
            }

            var left = request.Wait is { } wait ? wait - _clock.GetElapsedTime(started) : SweepEvery;
            if (watch is null || left <= TimeSpan.Zero)
            {
                return null;
            }

            await watch.ChangedAsync(left < SweepEvery ? left : SweepEvery, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Renews an agent's lease and keeps what it says of its progress, for those who look after it.</summary>
    /// <param name="task">The task.</param>
    /// <param name="actor">The agent, and the fence it knows.</param>
    /// <param name="progress">What it does, in up to 4,000 characters; null leaves what it said before.</param>
    /// <param name="cancellationToken">Ends it before it has begun.</param>
    /// <returns>How the task stands. A task that was finished or cancelled by somebody else is told here, and is no error.</returns>
    /// <exception cref="OpenCodeException">LeaseLost or AgentNotAttached: the task goes on without this agent.</exception>
    public async Task<AgentHeartbeat> HeartbeatAsync(string task, Actor actor, string? progress, CancellationToken cancellationToken)
    {
        var agent = actor.Agent ?? throw new OpenCodeException(OpenCodeError.InvalidArgument, "A heartbeat is an agent's. Name the agent.", task);
        if (progress?.Length > ProgressLength)
        {
            throw new OpenCodeException(OpenCodeError.LimitExceeded, $"The note of progress has {progress.Length} characters; the limit is {ProgressLength}. Put more into the task's log.", task);
        }

        var id = await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        var change = await _way.Registry.WriteAsync(new BeatAgent(id, actor, Input.Text(progress, "note of progress")), cancellationToken).ConfigureAwait(false);
        if (change.Pending.Count > 0)
        {
            await _way.SettleToldAsync([id]).ConfigureAwait(false); // another agent was lost meanwhile
        }

        var now = change.Row.Task;
        return new AgentHeartbeat { TaskId = id, AgentId = agent, Status = now.Status, Attached = change.Lease is not null, Fence = change.Lease?.Fence, ExpiresAt = change.Lease?.ExpiresAt, Error = now.Error };
    }

    /// <summary>Takes an agent's lease back. The task's status stays.</summary>
    public Task<AgentTask> DetachAsync(string task, string agent, long? fence, CancellationToken cancellationToken) =>
        MakeAsync(task, id => new DetachAgent(id, Input.Agent(agent), fence), cancellationToken);

    private async Task<TaskClaim?> ClaimOnceAsync(ClaimTask write, CancellationToken cancellationToken)
    {
        if (_hooks.Any("", Transitions.Start))
        {
            return await ClaimWithHooksAsync(write, cancellationToken).ConfigureAwait(false);
        }

        OpenCodeException? damage = null;
        while ((await _way.Registry.WriteAsync(write with { Except = _damaged.Ids }, cancellationToken).ConfigureAwait(false)).Change is { } change)
        {
            try
            {
                // Which task it would be was not known before, so its lock is taken afterwards. Nothing can be cancelled any more.
                await _way.SettleAsync(change.Row.Task.Id, CancellationToken.None).ConfigureAwait(false);
            }
            catch (OpenCodeException e) when (e.Error is OpenCodeError.StateCorrupt)
            {
                // Nobody can work on it until it is repaired.
                damage ??= e;
                _damaged.Add(change.Row.Task.Id);
                await ReturnAsync(change.Lease!, "the task's files are damaged").ConfigureAwait(false);
                continue;
            }
            catch (OpenCodeException)
            {
                // The files cannot be written now, and follow when the task is next used. The claim is made: an error would only keep the agent from knowing its fence.
            }

            return new TaskClaim(change.Row.Task, change.Lease!);
        }

        return damage is null ? null : throw damage;
    }

    /// <summary>The claim, unless nobody waits for it any more: then it is given back.</summary>
    private async Task<TaskClaim> KeptAsync(TaskClaim claim, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            await ReturnAsync(claim.Lease, "the call that claimed the task was cancelled").ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }

        return claim;
    }

    private async Task ReturnAsync(Lease lease, string why)
    {
        var id = TaskResource.TaskId(lease.Resource)!;
        await _way.Registry.WriteAsync(new ReturnTask(id, lease.Fence, why), CancellationToken.None).ConfigureAwait(false);
        await _way.SettleToldAsync([id]).ConfigureAwait(false);
    }

    // Hooks run before a task is given, so which one it is to be has to be known: each that is ready is tried, the first first, until one is given. One whose hooks run for
    // another caller is being given to that one: the next is to be had meanwhile, and whoever waits looks again when that has ended.
    private async Task<TaskClaim?> ClaimWithHooksAsync(ClaimTask write, CancellationToken cancellationToken)
    {
        OpenCodeException? rejection = null;
        await foreach (var ready in _way.Registry.StreamAsync(new TaskQuery { Ready = true, Owner = write.Owner }, cancellationToken).ConfigureAwait(false))
        {
            if (_damaged.Ids.Contains(ready.Id))
            {
                continue;
            }

            try
            {
                var attach = new AttachAgent(ready.Id, write.Request) { Starts = true };
                var change = await _hooks.MakeAsync(
                    new HookedChange(ready.Id, Transitions.Start, default)
                    {
                        Agent = write.Request.Agent,
                        Waits = false,
                        MakeAsync = claim => _way.ChangeAsync(ready.Id, attach with { HookClaim = claim }, cancellationToken),
                    },
                    cancellationToken).ConfigureAwait(false);
                return new TaskClaim(change.Row.Task, change.Lease!);
            }
            catch (OpenCodeException e) when (e.Error is OpenCodeError.HookRejected or OpenCodeError.StateCorrupt)
            {
                rejection ??= e;
                if (e.Error is OpenCodeError.StateCorrupt)
                {
                    _damaged.Add(ready.Id);
                }
            }
            catch (OpenCodeException e) when (e.Error is OpenCodeError.InvalidTransition or OpenCodeError.TaskNotFound or OpenCodeError.LockHeld)
            {
                // Another caller was faster, or waits for that one: the next.
            }
        }

        return rejection is null ? null : throw rejection;
    }

    // Only the first agent's attachment is a start: hooks are asked for when the task is pending, and once more by the registry when they are claimed.
    private async Task<TaskChange> AttachOnceAsync(AttachAgent write, CancellationToken cancellationToken)
    {
        var id = write.TaskId;
        if (!_hooks.Any(id, Transitions.Start) || (await _way.Registry.FindAsync(id, cancellationToken).ConfigureAwait(false))?.Task.Status is not AgentTaskStatus.Pending)
        {
            return await _way.ChangeAsync(id, write, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            return await _hooks.MakeAsync(
                new HookedChange(id, Transitions.Start, default)
                {
                    Agent = write.Request.Agent,
                    MakeAsync = claim => _way.ChangeAsync(id, write with { HookClaim = claim }, cancellationToken),
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.InvalidTransition)
        {
            if ((await _way.Registry.FindAsync(id, cancellationToken).ConfigureAwait(false))?.Task.Status is not AgentTaskStatus.Running)
            {
                throw;
            }

            // Started by another caller before our hooks began: this attachment is none of a first agent.
            return await _way.ChangeAsync(id, write, cancellationToken).ConfigureAwait(false);
        }
    }

    // The operator's name is not an agent's: decisions under it are asked for no lease.
    private static string Agent(string agent) => Input.Agent(agent) != TaskMemory.Operator
        ? agent
        : throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The name '{TaskMemory.Operator}' stands for the operator and cannot be an agent's. Give the agent another one.", agent);

    private TimeSpan Duration(TimeSpan? asked)
    {
        var duration = asked ?? _configuration.AgentLease;
        return duration >= TimeSpan.FromSeconds(1) && duration <= LongestLease
            ? duration
            : throw new OpenCodeException(OpenCodeError.InvalidArgument, $"A lease of {duration.TotalSeconds:0.###} s is not possible. Give 1 s to {LongestLease.TotalSeconds:0} s.");
    }
}
