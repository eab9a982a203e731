using System.Globalization;
using OpenCode.Common;

namespace OpenCode.Registry;

/// <content>Checkpoints, executions and requests; and what all rules share.</content>
internal sealed partial class RegistryRules
{
    private TaskChange AddCheckpoint(AddCheckpoint write)
    {
        var row = Required(write.TaskId);
        if (transaction.FindCheckpoint(write.CheckpointId) is not null)
        {
            return new TaskChange(row, PendingEntries(row)); // adopted by another process already
        }

        transaction.InsertCheckpoint(row.Number, new CheckpointRow(write.TaskId, write.CheckpointId, write.At, write.Seq));
        row = row with { CheckpointId = write.CheckpointId };
        return Journal(row, TaskEvent.Checkpointed, LogLevel.Info, $"Checkpoint {write.CheckpointId} taken{(write.Description is { } text ? $": {text}" : "")}", EventData.For(TaskEvent.Checkpointed, ("checkpoint", write.CheckpointId)));
    }

    private TaskChange ForgetCheckpoint(ForgetCheckpoint write)
    {
        var row = Required(write.TaskId);
        if (transaction.FindCheckpoint(write.CheckpointId)?.TaskId != row.Task.Id)
        {
            throw NoCheckpoint(row, write.CheckpointId);
        }

        transaction.DeleteCheckpoint(write.CheckpointId);
        row = row.CheckpointId == write.CheckpointId ? row with { CheckpointId = null } : row;
        return Journal(row, TaskEvent.CheckpointRemoved, LogLevel.Info, $"Checkpoint {write.CheckpointId} removed", EventData.For(TaskEvent.CheckpointRemoved, ("checkpoint", write.CheckpointId)));
    }

    private TaskChange Begin(BeginExecution write)
    {
        var (row, _) = Enter(write.Execution.TaskId, write.Actor);
        if (row.Task.Status is not (AgentTaskStatus.Pending or AgentTaskStatus.Running))
        {
            throw Refused(row, "run a command", [AgentTaskStatus.Pending, AgentTaskStatus.Running]);
        }

        transaction.InsertExecution(row.Number, write.Execution, write.AskedBy, process);
        return new TaskChange(row, PendingEntries(row));
    }

    private TaskChange End(EndExecution write)
    {
        var row = Required(write.Execution.TaskId);
        var execution = write.Execution;
        if (!transaction.UpdateExecution(execution))
        {
            return new TaskChange(row, PendingEntries(row)); // told already: by a process that took its watcher for dead
        }

        var time = execution.Duration is { } duration ? string.Create(CultureInfo.InvariantCulture, $" after {duration.TotalMilliseconds:0} ms") : "";
        var (level, end) = execution switch
        {
            { Status: ExecutionStatus.Cancelled } => (LogLevel.Warn, $"cancelled{time} ({execution.Reason})"),
            { Status: ExecutionStatus.Failed } => (LogLevel.Warn, $"failed{time} ({execution.Reason})"),
            { TimedOut: true } => (LogLevel.Warn, $"stopped at its time limit{time}"),
            { ExitCode: 0 } => (LogLevel.Info, $"exited with 0{time}"),
            { ExitCode: { } code } => (LogLevel.Warn, string.Create(CultureInfo.InvariantCulture, $"exited with {code}{time}")),
            _ => (LogLevel.Warn, $"ended unseen: {execution.Reason}"),
        };
        var command = string.Join(' ', execution.Command);
        return Journal(row, TaskEvent.Executed, level, $"Command {end}: {(command.Length > 200 ? command[..200] + "…" : command)}", EventData.For(TaskEvent.Executed, ("agent", execution.AgentId), ("execution", execution.Id)));
    }

    private RequestClaim Begin(BeginRequest write)
    {
        transaction.DeleteRequestsBefore(Now - RequestMemory);
        if (transaction.FindRequest(write.Key) is not { } known)
        {
            transaction.PutRequest(new RequestRow(write.Key, write.Tool, write.ArgumentsHash, write.PlannedId, null, process, Now));
            return new RequestClaim(null, write.PlannedId, InProgress: false, Resumed: false);
        }

        if (known.Tool != write.Tool || known.ArgumentsHash != write.ArgumentsHash)
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The idempotency key '{write.Key}' was used for another request ({known.Tool}) within the last 24 hours. Use a new key for a new request.", write.Key);
        }

        if (known.Response is null && !known.Process.MayLive(process))
        {
            transaction.PutRequest(known with { Process = process });
            return new RequestClaim(null, known.PlannedId, InProgress: false, Resumed: true);
        }

        return new RequestClaim(known.Response, known.PlannedId, InProgress: known.Response is null, Resumed: false);
    }

    private bool End(EndRequest write)
    {
        if (transaction.FindRequest(write.Key) is not { Response: null } known || known.Process != process)
        {
            return false; // forgotten, answered, or taken over by another process
        }

        // A request without an answer failed: its key is free again, so that the caller may repeat it.
        if (write.Response is null)
        {
            return transaction.DeleteRequest(write.Key);
        }

        transaction.PutRequest(known with { Response = write.Response });
        return true;
    }

    private TaskRow Required(string taskId) => transaction.FindTask(taskId)
        ?? throw new OpenCodeException(OpenCodeError.TaskNotFound, $"There is no task '{taskId}'. List the tasks to find its id.", taskId);

    private TaskRow Changed(TaskRow row, Actor actor, IReadOnlyList<LeaseRow> leases, Func<AgentTask, AgentTask> change) =>
        Changed(row, Describe(actor), actor is { Agent: null, Hook: null } ? MoveFencesOn(leases) : leases, change);

    private TaskRow Changed(TaskRow row, string changedBy, IReadOnlyList<LeaseRow> leases, Func<AgentTask, AgentTask> change)
    {
        var task = change(row.Task);
        return row with
        {
            ChangedBy = changedBy,
            Task = task with
            {
                Agents = [.. leases.OrderBy(l => l.AcquiredAt).ThenBy(l => l.Fence).Select(l => l.Owner)],
                Ready = task.Status is AgentTaskStatus.Pending && row.Unfinished == 0,
                Version = row.Task.Version + 1,
                UpdatedAt = Now,
            },
        };
    }

    /// <summary>Writes the row and one entry: the two halves of every change.</summary>
    private TaskChange Journal(TaskRow row, TaskEvent kind, LogLevel level, string message, string? data, string? stateData = null)
    {
        row = row with { LastSeq = row.LastSeq + 1 };
        var entry = Entry(row.LastSeq, row.Task, kind, level, message, data) with { StateData = stateData };
        transaction.UpdateTask(row, row.Stored);
        row = row with { Stored = row.Task };
        transaction.InsertEntry(row.Number, entry);
        // Nearly always the layers have everything before it; then there is nothing to read.
        return new TaskChange(row, row.ProjectedSeq == row.LastSeq - 1 ? [entry] : PendingEntries(row));
    }

    private IReadOnlyList<JournalEntry> PendingEntries(TaskRow row) => row.ProjectedSeq == row.LastSeq ? [] : transaction.Entries(row.Number, row.ProjectedSeq);

    private JournalEntry Entry(long seq, AgentTask task, TaskEvent kind, LogLevel level, string message, string? data) => new()
    {
        Seq = seq,
        Version = task.Version,
        Status = task.Status,
        Kind = kind,
        At = Now,
        Level = level,
        Message = message,
        Data = data,
    };

    private static void CheckVersion(TaskRow row, long? expected)
    {
        if (expected is { } version && version != row.Task.Version)
        {
            throw new OpenCodeException(OpenCodeError.VersionConflict, string.Create(CultureInfo.InvariantCulture, $"Task '{row.Task.Id}' has version {row.Task.Version}; the change was made for version {version}. It was last changed by {row.ChangedBy}. Read it again and repeat the change."), row.Task.Id) { ExpectedVersion = version, PresentVersion = row.Task.Version };
        }
    }

    private static OpenCodeException Refused(TaskRow row, string operation, IReadOnlyList<AgentTaskStatus> from) => new(
        OpenCodeError.InvalidTransition,
        $"Task '{row.Task.Id}' is {row.Task.Status} (last changed by {row.ChangedBy}); '{operation}' needs {string.Join(" or ", from)}.",
        row.Task.Id);

    private static OpenCodeException NoCheckpoint(TaskRow row, string checkpointId) =>
        new(OpenCodeError.CheckpointNotFound, $"Task '{row.Task.Id}' has no checkpoint '{checkpointId}'. List its checkpoints to find one.", checkpointId);

    private string Describe(Actor actor) => actor switch
    {
        { Agent: { } agent } => $"agent '{agent}'",
        { Hook: { } hook } => $"the hook '{hook}'",
        _ => $"the operator ({process.Describe()})",
    };

    private static LogLevel Level(AgentTaskStatus to) => to switch
    {
        AgentTaskStatus.Failed => LogLevel.Error,
        AgentTaskStatus.Cancelled => LogLevel.Warn,
        _ => LogLevel.Info,
    };

    private string Sentence(TransitionTask write, TaskRow row)
    {
        var who = write.Attach is { } request ? $"agent '{request.Agent}'" : Describe(write.Actor);
        var reason = write.Error is { } error ? $": {error}" : row.Task.Result?.Message is { } message ? $": {message}" : "";
        return $"{write.Event} by {who}{reason}";
    }

    private static string Data(TaskEvent kind, Actor actor, Lease? lease, string? error) =>
        EventData.For(kind, ("agent", lease?.Owner ?? actor.Agent), ("fence", lease?.Fence ?? actor.Fence), ("error", error));
}
