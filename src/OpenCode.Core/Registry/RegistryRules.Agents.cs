using System.Globalization;
using OpenCode.Common;

namespace OpenCode.Registry;

/// <content>Agents and their leases.</content>
internal sealed partial class RegistryRules
{
    private TaskChange Attach(AttachAgent write)
    {
        var row = ExpireAgents(Required(write.TaskId), out var leases);
        AgentTaskStatus[] from = write.Starts ? [AgentTaskStatus.Pending] : [AgentTaskStatus.Pending, AgentTaskStatus.Running];
        if (!from.Contains(row.Task.Status))
        {
            throw Refused(row, "attach", from);
        }

        ReleaseHooks(row.Task.Id, write.HookClaim);
        if (row.Task.Status is AgentTaskStatus.Pending)
        {
            CheckReady(row, "attach");
        }

        CheckTurn(row, leases, write);
        return Attach(row, leases, write.Request);
    }

    private TaskChange Attach(TaskRow row, IReadOnlyList<LeaseRow> leases, LeaseRequest request)
    {
        var started = row.Task.Status is AgentTaskStatus.Pending;
        leases = Grant(row, leases, request, out var lease);
        row = Changed(row, new Actor(request.Agent, null), leases, task => task with
        {
            Status = AgentTaskStatus.Running,
            StartedAt = started ? Now : task.StartedAt,
            FinishedAt = null,
            Result = started ? null : task.Result,
            Error = started ? null : task.Error,
        });
        return Journal(
            row,
            started ? TaskEvent.Started : TaskEvent.Attached,
            LogLevel.Info,
            started ? $"Started by agent '{request.Agent}'" : $"Agent '{request.Agent}' attached",
            Data(started ? TaskEvent.Started : TaskEvent.Attached, new Actor(request.Agent, null), lease, null)) with
        { Lease = lease };
    }

    private ClaimOutcome Claim(ClaimTask write) => new(transaction.FindReady(write.Owner, write.Except) is { } row ? Attach(row, [], write.Request) : null);

    private bool Return(ReturnTask write)
    {
        if (transaction.FindTask(write.TaskId) is not { } row || transaction.Leases(TaskResource.Name(write.TaskId)).FirstOrDefault(l => l.Fence == write.Fence) is not { } lease)
        {
            return false;
        }

        Lose(row, [.. transaction.Leases(lease.Resource).Where(l => l.Fence != lease.Fence)], [lease], write.Why, $"agent '{lease.Owner}'");
        return true;
    }

    /// <summary>An agent that waits for the task is before one that comes by, unless that one has it already.</summary>
    private void CheckTurn(TaskRow row, IReadOnlyList<LeaseRow> leases, AttachAgent write)
    {
        if (write.Turn is { } turn && !transaction.Leases(LockResource.Turn(row.Task.Id)).Any(l => l.Fence == turn && !l.IsOver(Now, process)))
        {
            throw Lost(new LeaseGuard(LockResource.Turn(row.Task.Id), turn), "The agent was not attached.");
        }

        if (row.Task.Mode is not AgentTaskMode.Exclusive || leases.Count > 0)
        {
            return; // many may have it; or somebody has it, and the grant says what follows
        }

        if (transaction.Leases(LockResource.Turn(row.Task.Id)).FirstOrDefault(l => l.Fence != write.Turn && !l.IsOver(Now, process)) is { } first)
        {
            throw new OpenCodeException(OpenCodeError.LockHeld, $"Task '{row.Task.Id}' cannot be given to '{write.Request.Agent}': agent '{first.Owner}' has waited for it longer ({first.Process.Describe()}). Wait, and come in turn.", row.Task.Id);
        }
    }

    private TaskChange Detach(DetachAgent write)
    {
        var actor = new Actor(write.Agent, write.Fence);
        var (row, leases) = EnterLast(write.TaskId, actor);
        var gone = leases.First(l => l.Owner == write.Agent);
        End(gone, lost: false);
        row = Changed(row, actor, [.. leases.Where(l => l != gone)], task => task);
        return Journal(row, TaskEvent.Detached, LogLevel.Info, $"Agent '{write.Agent}' detached", Data(TaskEvent.Detached, actor, null, null));
    }

    private TaskChange Renew(RenewAgent write)
    {
        var (row, leases) = Enter(write.TaskId, write.Actor);
        return new TaskChange(row, PendingEntries(row)) { Lease = leases.FirstOrDefault(l => l.Owner == write.Actor.Agent)?.ToLease() };
    }

    /// <summary>A finished task is told in the answer: the agent has no lease on it any more, and no reason to go on.</summary>
    private TaskChange Beat(BeatAgent write)
    {
        if (Required(write.TaskId) is { Task.Status: not (AgentTaskStatus.Pending or AgentTaskStatus.Running) } finished)
        {
            return new TaskChange(finished, []);
        }

        var (row, leases) = Enter(write.TaskId, write.Actor);
        var lease = leases.First(l => l.Owner == write.Actor.Agent);
        if (write.Progress is not null && write.Progress != lease.Progress)
        {
            lease = lease with { Progress = write.Progress };
            transaction.UpdateLease(lease, lease.Fence);
        }

        return new TaskChange(row, PendingEntries(row)) { Lease = lease.ToLease() };
    }

    private TaskChange[] Sweep(SweepLeases write)
    {
        var changes = new List<TaskChange>();
        foreach (var resource in transaction.ExpiredResources(write.Limit))
        {
            if (TaskResource.TaskId(resource) is { } id && transaction.FindTask(id) is { } row)
            {
                row = ExpireAgents(row, out _);
                changes.Add(new TaskChange(row, PendingEntries(row)));
            }
            else
            {
                Settle([resource]);
            }
        }

        transaction.NoteNextEnd();
        return [.. changes];
    }

    /// <summary>The task and its present leases, once the actor is known to hold its own.</summary>
    private (TaskRow Row, IReadOnlyList<LeaseRow> Leases) EnterLast(string taskId, Actor actor)
    {
        var row = ExpireAgents(Required(taskId), out var leases);
        if (actor.Agent is not null)
        {
            Held(row, leases, actor);
        }

        return (row, leases);
    }

    /// <summary>As <see cref="EnterLast"/>, for what is not the last an agent does with its lease: it is renewed.</summary>
    private (TaskRow Row, IReadOnlyList<LeaseRow> Leases) Enter(string taskId, Actor actor)
    {
        var (row, leases) = EnterLast(taskId, actor);
        if (actor.Agent is null)
        {
            return (row, leases);
        }

        var held = Held(row, leases, actor);
        var renewed = held with { ExpiresAt = Now + held.Duration, SeenAt = Now };
        transaction.UpdateLease(renewed, renewed.Fence);
        return (row, [.. leases.Select(l => l == held ? renewed : l)]);
    }

    private static LeaseRow Held(TaskRow row, IReadOnlyList<LeaseRow> leases, Actor actor)
    {
        var held = leases.FirstOrDefault(l => l.Owner == actor.Agent);
        if (held is null || (actor.Fence is { } fence && fence != held.Fence))
        {
            if (actor.Fence is { } given)
            {
                var present = held is null ? "it has no lease now" : string.Create(CultureInfo.InvariantCulture, $"the present fence is {held.Fence}, because the task was changed without it");
                throw new OpenCodeException(OpenCodeError.LeaseLost, string.Create(CultureInfo.InvariantCulture, $"Agent '{actor.Agent}' lost its lease with fence {given} on task '{row.Task.Id}': {present}. Stop this work, read the task again, and attach again to go on."), row.Task.Id);
            }

            throw new OpenCodeException(OpenCodeError.AgentNotAttached, $"Agent '{actor.Agent}' is not attached to task '{row.Task.Id}'{Holders(leases)}. Attach it first.", row.Task.Id);
        }

        return held;
    }

    private LeaseRow[] Grant(TaskRow row, IReadOnlyList<LeaseRow> leases, LeaseRequest request, out Lease granted)
    {
        var own = leases.FirstOrDefault(l => l.Owner == request.Agent);
        var others = leases.Where(l => l != own).ToList();
        if (row.Task.Mode is AgentTaskMode.Exclusive && others.Count > 0)
        {
            throw Held(row, others[0], $"be given to '{request.Agent}'");
        }

        if (own is not null)
        {
            // The same agent again, perhaps from another process: the new grant's fence shuts the older flow out.
            End(own, lost: false);
        }

        var mode = row.Task.Mode is AgentTaskMode.Exclusive ? LeaseMode.Exclusive : LeaseMode.Collaborative;
        var lease = transaction.InsertLease(new LeaseRow(TaskResource.Name(row.Task.Id), request.Agent, mode, Now, Now + request.Duration, request.Duration, process) { SeenAt = Now });
        granted = lease.ToLease();
        if (request.RequestKey is { } key && transaction.FindRequest(key) is { Response: null } begun)
        {
            transaction.PutRequest(begun with { PlannedId = row.Task.Id });
        }

        return [.. others, lease];
    }

    private LeaseRow[] EndAll(IReadOnlyList<LeaseRow> leases)
    {
        foreach (var lease in leases)
        {
            End(lease, lost: false);
        }

        return [];
    }

    private LeaseRow[] MoveFencesOn(IReadOnlyList<LeaseRow> leases)
    {
        var moved = new LeaseRow[leases.Count];
        for (var i = 0; i < moved.Length; i++)
        {
            moved[i] = leases[i] with { Fence = transaction.NextFence() };
            transaction.UpdateLease(leases[i], moved[i].Fence);
        }

        return moved;
    }

    /// <summary>Ends the leases whose time is up.</summary>
    private TaskRow ExpireAgents(TaskRow row, out IReadOnlyList<LeaseRow> leases)
    {
        leases = row.Task.Agents.Count == 0 ? [] : transaction.Leases(TaskResource.Name(row.Task.Id));
        var expired = leases.Where(l => l.ExpiresAt <= Now).ToList();
        if (expired.Count == 0)
        {
            return row;
        }

        leases = [.. leases.Except(expired)];
        return Lose(row, leases, expired, "no sign of life until its lease ended", "the store, at the end of a lease").Row;
    }

    /// <summary>Ends leases on a task without their agents' doing; when no agent of a running task is left, the task is Pending again, so that another can take it.</summary>
    private TaskChange Lose(TaskRow row, IReadOnlyList<LeaseRow> leases, List<LeaseRow> lost, string why, string changedBy)
    {
        foreach (var lease in lost)
        {
            End(lease, lost: true);
        }

        var givenBack = leases.Count == 0 && row.Task.Status is AgentTaskStatus.Running;
        row = Changed(row, changedBy, leases, task => task with
        {
            Status = givenBack ? AgentTaskStatus.Pending : task.Status,
            Attempt = givenBack ? task.Attempt + 1 : task.Attempt,
            StartedAt = givenBack ? null : task.StartedAt,
        });
        var names = string.Join(", ", lost.Select(l => $"'{l.Owner}'{(l.Progress is { } note ? $" (which said last: {QuotedText.Of(note)})" : "")}"));
        var then = givenBack ? string.Create(CultureInfo.InvariantCulture, $"; the task is Pending again (attempt {row.Task.Attempt})") : "";
        return Journal(row, TaskEvent.AgentLost, LogLevel.Warn, $"Lost agent {names}: {why}{then}", EventData.For(TaskEvent.AgentLost, ("agent", lost[0].Owner)));
    }

    private static OpenCodeException Held(TaskRow row, LeaseRow holder, string wish)
    {
        var until = holder.ExpiresAt is { } end ? string.Create(CultureInfo.InvariantCulture, $" until {end:yyyy-MM-dd'T'HH:mm:ss'Z'} unless renewed") : ", without an end";
        return new OpenCodeException(OpenCodeError.LockHeld, $"Task '{row.Task.Id}' cannot {wish}: agent '{holder.Owner}' holds it{until}. Wait, or detach that agent.", row.Task.Id);
    }

    private static string Holders(IReadOnlyList<LeaseRow> leases) =>
        leases.Count == 0 ? "" : $" (attached: {string.Join(", ", leases.Select(l => $"'{l.Owner}'"))})";
}
