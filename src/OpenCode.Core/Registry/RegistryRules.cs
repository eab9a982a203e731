using OpenCode.Common;

namespace OpenCode.Registry;

/// <summary>
/// What each write means, once for every database: it runs inside one write transaction, checks everything the answer depends
/// on there, and either does all of it or throws and does nothing.
/// </summary>
/// <param name="transaction">The transaction.</param>
/// <param name="process">The process the write is executed for.</param>
internal sealed partial class RegistryRules(IRegistryTransaction transaction, ProcessIdentity process)
{
    private static readonly TimeSpan RequestMemory = TimeSpan.FromHours(24);

    private DateTimeOffset Now => transaction.Now;

    /// <summary>Executes a write.</summary>
    /// <param name="write">The write.</param>
    /// <param name="guards">Leases that have to be there, unless the write only finishes something.</param>
    /// <exception cref="OpenCodeException">LeaseLost: one of the leases is gone; and what the rules refuse with.</exception>
    public TResult Execute<TResult>(RegistryWrite<TResult> write, IReadOnlyList<LeaseGuard> guards)
    {
        if (guards.Count > 0 && !write.Finishes)
        {
            CheckGuards(guards);
        }

        return (TResult)Dispatch(write);
    }

    private object Dispatch(object write) => write switch
    {
        CreateTasks w => Create(w),
        TransitionTask w => Transition(w),
        RestoreTask w => Restore(w),
        UpdateTask w => Update(w),
        ChangeState w => ChangeState(w),
        AttachAgent w => Attach(w),
        DetachAgent w => Detach(w),
        RenewAgent w => Renew(w),
        SweepLeases w => Sweep(w),
        ClaimHooks w => ClaimHooks(w),
        ReleaseHooks w => ReleaseHooks(w.TaskId, w.Claim),
        ClaimTask w => Claim(w),
        ReturnTask w => Return(w),
        BeatAgent w => Beat(w),
        AcquireLocks w => Acquire(w),
        WithdrawTicket w => Withdraw(w),
        RenewLocks w => RenewLocks(w),
        ReleaseLocks w => Release(w),
        ReleaseOwner w => ReleaseOwner(w),
        SettleLocks w => Settle(w.Resources),
        CountConflicts w => CountConflicts(w),
        RecordEvent w => Record(w),
        MarkProjected w => Mark(w),
        DeleteTask w => Delete(w),
        FinishDeletion w => transaction.DeleteDeletion(w.TaskId),
        AddCheckpoint w => AddCheckpoint(w),
        ForgetCheckpoint w => ForgetCheckpoint(w),
        BeginSandbox w => Begin(w),
        EndSandbox w => End(w),
        CorrectSandbox w => Correct(w),
        LeaveSandbox w => Leave(w),
        RevertSandbox w => Revert(w),
        WaitForRoom w => Wait(w),
        LeaveRoomLine w => transaction.DeleteRoomWaiter(w.Ticket),
        ReservePool w => Reserve(w),
        ReadyPool w => Ready(w),
        DiscardPool w => Discard(w),
        ForgetPool w => transaction.DeletePool(w.Id),
        AbandonPool w => Abandon(w),
        BeginExecution w => Begin(w),
        CancelExecution w => transaction.CancelExecution(Required(w.TaskId).Number, w.ExecutionId, w.Reason),
        EndExecution w => End(w),
        BeginRequest w => Begin(w),
        EndRequest w => End(w),
        AskApproval w => Ask(w),
        AnswerApproval w => Answer(w),
        ProveWrite => transaction.NextFence(),
        IndexTasks w => transaction.IndexTasks(w.Limit),
        _ => throw new ArgumentException($"There is no rule for {write.GetType().Name}.", nameof(write)),
    };

    private TaskChange[] Create(CreateTasks write)
    {
        var changes = new TaskChange[write.Tasks.Count];
        var changedBy = Describe(Actor.Operator);
        var deletions = transaction.HasPendingDeletions(); // one question for all, and seldom more
        var dependencies = FindDependencies(write.Tasks);
        for (var i = 0; i < changes.Length; i++)
        {
            var request = write.Tasks[i];
            if (deletions && transaction.IsDeletionPending(request.Id))
            {
                throw new OpenCodeException(OpenCodeError.TaskExists, $"The id '{request.Id}' belongs to a deleted task of which something is still left. Try again when its sandbox is removed, or take another id.", request.Id);
            }

            var unfinished = dependencies?[i].Count(d => d.Status is not AgentTaskStatus.Completed) ?? 0;
            var task = new AgentTask
            {
                Id = request.Id,
                Name = request.Name,
                Description = request.Description,
                Mode = request.Mode,
                Owner = request.Owner,
                Priority = request.Priority,
                Metadata = request.Metadata,
                Image = request.Image,
                DependsOn = request.DependsOn,
                Ready = unfinished == 0,
                Version = 1,
                CreatedAt = Now,
                UpdatedAt = Now,
            };
            var number = transaction.InsertTask(task, unfinished, changedBy);
            var entry = Entry(1, task, TaskEvent.Created, LogLevel.Info, $"Task created: {task.Name}{Waits(dependencies?[i])}", EventData.For(TaskEvent.Created, ("owner", task.Owner)));
            transaction.InsertEntry(number, entry);
            changes[i] = new TaskChange(new TaskRow(number, task, 1, 0, changedBy, null) { Unfinished = unfinished }, [entry]);
        }

        if (dependencies is not null)
        {
            InsertDependencies(changes, dependencies);
        }

        return changes;
    }

    private TaskChange Transition(TransitionTask write)
    {
        var (row, leases) = write.To is AgentTaskStatus.Running ? Enter(write.TaskId, write.Actor) : EnterLast(write.TaskId, write.Actor);
        if (!write.From.Contains(row.Task.Status))
        {
            throw Refused(row, write.Operation, write.From);
        }

        CheckVersion(row, write.ExpectedVersion);
        ReleaseHooks(row.Task.Id, write.HookClaim);
        var before = row.Task.Status;
        Lease? lease = null;
        if (write.To is AgentTaskStatus.Running)
        {
            CheckReady(row, write.Operation);
            leases = write.Attach is { } request ? Grant(row, leases, request, out lease) : leases;
        }
        else
        {
            leases = EndAll(leases);
        }

        var running = write.To is AgentTaskStatus.Running;
        // A start for an agent is the agent's: the fence it was just granted is the one it keeps.
        var actor = write.Attach is { Agent: var agent } ? new Actor(agent, null) : write.Actor;
        row = Changed(row, actor, leases, task => task with
        {
            Status = write.To,
            Result = running ? null : write.Result ?? task.Result,
            Error = running ? null : write.Error ?? (write.To is AgentTaskStatus.Completed ? null : task.Error),
            StartedAt = running ? Now : task.StartedAt,
            FinishedAt = running ? null : Now,
        });
        var change = Journal(row, write.Event, Level(write.To), Sentence(write, row), Data(write.Event, write.Actor, lease, write.Error));
        return change with { Lease = lease, Told = TellDependents(row, before) };
    }

    private TaskChange Restore(RestoreTask write)
    {
        var (row, leases) = Enter(write.TaskId, write.Actor);
        if (!write.From.Contains(row.Task.Status))
        {
            throw Refused(row, "restore", write.From);
        }

        if (leases.FirstOrDefault(l => l.Owner != write.Actor.Agent) is { } holder)
        {
            throw Held(row, holder, "be restored");
        }

        var checkpoint = transaction.FindCheckpoint(write.CheckpointId);
        if (checkpoint?.TaskId != row.Task.Id)
        {
            throw NoCheckpoint(row, write.CheckpointId);
        }

        var before = row.Task.Status;
        row = Changed(row, write.Actor, EndAll(leases), task => task with
        {
            Status = AgentTaskStatus.Pending,
            Result = null,
            Error = null,
            StartedAt = null,
            FinishedAt = null,
        }) with
        { CheckpointId = write.CheckpointId };
        var change = Journal(
            row,
            TaskEvent.Restored,
            LogLevel.Info,
            $"Restored from {write.CheckpointId}; what was there before is in {write.SavedAs}",
            EventData.For(TaskEvent.Restored, ("agent", write.Actor.Agent), ("checkpoint", write.CheckpointId), ("checkpointSeq", checkpoint.Seq), ("savedAs", write.SavedAs)),
            write.StateData);
        return change with { Told = TellDependents(row, before) };
    }

    private TaskChange Update(UpdateTask write)
    {
        var (row, leases) = Enter(write.TaskId, write.Actor);
        CheckVersion(row, write.ExpectedVersion);
        var metadata = write.Metadata is { } members ? Input.Metadata(row.Task.Metadata.Merge(members))! : row.Task.Metadata;
        row = Changed(row, write.Actor, leases, task => task with
        {
            Name = write.Name ?? task.Name,
            Description = write.Description ?? task.Description,
            Owner = write.Owner ?? task.Owner,
            Priority = write.Priority ?? task.Priority,
            Metadata = metadata,
        });
        transaction.Reindex(row);
        string?[] fields = [write.Name is null ? null : "name", write.Description is null ? null : "description", write.Owner is null ? null : "owner", write.Priority is null ? null : "priority", write.Metadata is null ? null : "metadata"];
        return Journal(row, TaskEvent.Updated, LogLevel.Debug, $"Changed {string.Join(", ", fields.OfType<string>())} as {Describe(write.Actor)}", Data(TaskEvent.Updated, write.Actor, null, null));
    }

    private TaskChange ChangeState(ChangeState write)
    {
        var (row, leases) = Enter(write.TaskId, write.Actor);
        CheckVersion(row, write.ExpectedVersion);
        row = Changed(row, write.Actor, leases, task => task);
        return Journal(row, TaskEvent.StateChanged, LogLevel.Debug, $"State changed by {Describe(write.Actor)}", Data(TaskEvent.StateChanged, write.Actor, null, null), write.StateData);
    }

    private TaskChange Record(RecordEvent write)
    {
        var row = Required(write.TaskId);
        return Journal(row, write.Event, write.Level, write.Message, write.Data);
    }

    private PendingDeletion Delete(DeleteTask write)
    {
        var row = ExpireAgents(Required(write.TaskId), out var leases);
        if (row.Task.Status is AgentTaskStatus.Running && !write.Force)
        {
            throw new OpenCodeException(
                OpenCodeError.InvalidTransition,
                $"Task '{row.Task.Id}' is Running and is not deleted without force. Complete or stop it first, or force the deletion, which cancels it.",
                row.Task.Id);
        }

        EndAll(leases);
        EndAll(transaction.Leases(HookResource.Name(row.Task.Id)));
        var sandbox = transaction.FindSandbox(row.Number);
        var deletion = new PendingDeletion(row.Task.Id, sandbox?.ContainerName) { Pool = sandbox?.Pool, Told = ReleaseDependents(row) };
        transaction.DeleteTask(row);
        transaction.InsertDeletion(deletion);
        return deletion;
    }

    private int Mark(MarkProjected write)
    {
        foreach (var (number, seq) in write.Tasks)
        {
            transaction.MarkProjected(number, seq);
        }

        return write.Tasks.Count;
    }
}
