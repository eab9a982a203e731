using System.Globalization;
using OpenCode.Common;

namespace OpenCode.Registry;

/// <content>Agents and their leases.</content>
internal sealed partial class RegistryRules
{
    private TaskChange Attach(AttachAgent write)
    {
        var row = ExpireAgents(Required(write.TaskId), out var leases);
        if (row.Task.Status is not (AgentTaskStatus.Pending or AgentTaskStatus.Running))
        {
            throw Refused(row, "attach", [AgentTaskStatus.Pending, AgentTaskStatus.Running]);
        }

        ReleaseHooks(row.Task.Id, write.HookClaim);
        var started = row.Task.Status is AgentTaskStatus.Pending;
        if (started)
        {
            CheckReady(row, "attach");
        }

        leases = Grant(row, leases, write.Request, out var lease);
        row = Changed(row, new Actor(write.Request.Agent, null), leases, task => task with
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
            started ? $"Started by agent '{write.Request.Agent}'" : $"Agent '{write.Request.Agent}' attached",
            Data(started ? TaskEvent.Started : TaskEvent.Attached, new Actor(write.Request.Agent, null), lease, null)) with
        { Lease = lease };
    }

    private TaskChange Detach(DetachAgent write)
    {
        var actor = new Actor(write.Agent, write.Fence);
        var (row, leases) = Enter(write.TaskId, actor);
        var gone = leases.First(l => l.Owner == write.Agent);
        transaction.DeleteLease(gone);
        row = Changed(row, actor, [.. leases.Where(l => l != gone)], task => task);
        return Journal(row, TaskEvent.Detached, LogLevel.Info, $"Agent '{write.Agent}' detached", Data(TaskEvent.Detached, actor, null, null));
    }

    private TaskChange Renew(RenewAgent write)
    {
        var (row, leases) = Enter(write.TaskId, write.Actor);
        return new TaskChange(row, PendingEntries(row)) { Lease = leases.FirstOrDefault(l => l.Owner == write.Actor.Agent)?.ToLease() };
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
                foreach (var lease in transaction.Leases(resource).Where(l => l.ExpiresAt <= Now))
                {
                    transaction.DeleteLease(lease);
                }
            }
        }

        return [.. changes];
    }

    /// <summary>The task and its present leases, once the actor is known to hold its own; an agent's lease is renewed, an operator moves every fence on.</summary>
    private (TaskRow Row, IReadOnlyList<LeaseRow> Leases) Enter(string taskId, Actor actor)
    {
        var row = ExpireAgents(Required(taskId), out var leases);
        return actor.Agent is null ? (row, leases) : (row, RenewLease(row, leases, actor));
    }

    private LeaseRow[] RenewLease(TaskRow row, IReadOnlyList<LeaseRow> leases, Actor actor)
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

        var renewed = held with { ExpiresAt = Now + held.Duration };
        transaction.UpdateLease(renewed, renewed.Fence);
        return [.. leases.Select(l => l == held ? renewed : l)];
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
            transaction.DeleteLease(own);
        }

        var mode = row.Task.Mode is AgentTaskMode.Exclusive ? LeaseMode.Exclusive : LeaseMode.Collaborative;
        var lease = new LeaseRow(TaskResource.Name(row.Task.Id), transaction.NextFence(), request.Agent, mode, Now, Now + request.Duration, request.Duration, process);
        transaction.InsertLease(lease);
        granted = lease.ToLease();
        return [.. others, lease];
    }

    private LeaseRow[] ReleaseAll(IReadOnlyList<LeaseRow> leases)
    {
        foreach (var lease in leases)
        {
            transaction.DeleteLease(lease);
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

    /// <summary>Ends the leases whose time is up; when that was the last agent of a running task, the task is Pending again, so that another can take it.</summary>
    private TaskRow ExpireAgents(TaskRow row, out IReadOnlyList<LeaseRow> leases)
    {
        leases = row.Task.Agents.Count == 0 ? [] : transaction.Leases(TaskResource.Name(row.Task.Id));
        var expired = leases.Where(l => l.ExpiresAt <= Now).ToList();
        if (expired.Count == 0)
        {
            return row;
        }

        ReleaseAll(expired);
        transaction.CountLost(expired.Count);
        leases = [.. leases.Except(expired)];
        var givenBack = leases.Count == 0 && row.Task.Status is AgentTaskStatus.Running;
        row = Changed(row, "the store, at the end of a lease", leases, task => task with
        {
            Status = givenBack ? AgentTaskStatus.Pending : task.Status,
            Attempt = givenBack ? task.Attempt + 1 : task.Attempt,
            StartedAt = givenBack ? null : task.StartedAt,
        });
        var names = string.Join(", ", expired.Select(l => $"'{l.Owner}'"));
        var then = givenBack ? string.Create(CultureInfo.InvariantCulture, $"; the task is Pending again (attempt {row.Task.Attempt})") : "";
        var change = Journal(row, TaskEvent.AgentLost, LogLevel.Warn, $"Lost agent {names}: no sign of life until its lease ended{then}", EventData.For(TaskEvent.AgentLost, ("agent", expired[0].Owner)));
        return change.Row;
    }

    private static OpenCodeException Held(TaskRow row, LeaseRow holder, string wish)
    {
        var until = holder.ExpiresAt is { } end ? string.Create(CultureInfo.InvariantCulture, $" until {end:yyyy-MM-dd'T'HH:mm:ss'Z'} unless renewed") : ", without an end";
        return new OpenCodeException(OpenCodeError.LockHeld, $"Task '{row.Task.Id}' cannot {wish}: agent '{holder.Owner}' holds it{until}. Wait, or detach that agent.", row.Task.Id);
    }

    private static string Holders(IReadOnlyList<LeaseRow> leases) =>
        leases.Count == 0 ? "" : $" (attached: {string.Join(", ", leases.Select(l => $"'{l.Owner}'"))})";
}
