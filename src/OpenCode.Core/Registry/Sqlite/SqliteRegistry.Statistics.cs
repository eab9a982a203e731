using System.Runtime.CompilerServices;

namespace OpenCode.Registry.Sqlite;

/// <content>Who works on what, and the store in numbers.</content>
public sealed partial class SqliteRegistry
{
    private const int MostOwners = 100;

    private const string Finished = "FROM tasks WHERE finished_at IS NOT NULL AND started_at IS NOT NULL";

    /// <inheritdoc />
    public async IAsyncEnumerable<TaskAgent> AgentsAsync(AgentQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        const string Columns = "SELECT l.owner, t.id, t.name, l.mode, l.fence, l.acquired_at, l.expires_at, l.host, l.process_id, l.progress, l.seen_at FROM leases l JOIN tasks t ON t.id = substr(l.resource, 6)";
        const string Next = "(l.resource, l.fence) > (?, ?) ORDER BY l.resource, l.fence LIMIT ?";
        const string OfAny = $"{Columns} WHERE l.resource < 'task;' AND {Next}";
        const string OfAgent = $"{Columns} WHERE l.owner = ? AND l.resource < 'task;' AND {Next}";
        const string OfTask = $"{Columns} WHERE l.resource = ? AND {Next}";
        const string OfBoth = $"{Columns} WHERE l.owner = ? AND l.resource = ? AND {Next}";
        var (resource, fence) = ("task:", 0L);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var batch = Read(session =>
            {
                var statement = session.Prepare((query.Agent, query.TaskId) switch { (null, null) => OfAny, (_, null) => OfAgent, (null, _) => OfTask, _ => OfBoth });
                statement = query.Agent is { } agent ? statement.Bind(agent) : statement;
                statement = query.TaskId is { } task ? statement.Bind(TaskResource.Name(task)) : statement;
                return statement.Bind(resource).Bind(fence).Bind(StreamBatch).All(Agent);
            });
            foreach (var agent in batch)
            {
                yield return agent;
            }

            if (batch.Count < StreamBatch)
            {
                yield break;
            }

            (resource, fence) = (TaskResource.Name(batch[^1].TaskId), batch[^1].Fence);
            await Task.Yield();
        }
    }

    /// <inheritdoc />
    public ValueTask<TaskStatistic> StatisticAsync(int recent, CancellationToken cancellationToken) => new(Read(session =>
    {
        session.Prepare("BEGIN").Run();
        try
        {
            var statuses = session.Prepare("SELECT status, count(*) FROM tasks GROUP BY status").All(r => (Status: r.Integer(0), Count: r.Integer(1))).ToDictionary(s => (AgentTaskStatus)s.Status, s => s.Count);
            var owners = session.Prepare("SELECT owner, count(*) FROM tasks GROUP BY owner ORDER BY count(*) DESC, owner LIMIT ?").Bind(MostOwners).All(r => new OwnerCount(r.Text(0), r.Integer(1)));
            var total = statuses.Values.Sum();
            return new TaskStatistic
            {
                Total = total,
                Ready = session.Prepare("SELECT count(*) FROM tasks INDEXED BY tasks_ready WHERE status = 0 AND unfinished = 0").One(r => r.Integer(0)),
                ByStatus = new StatusCounts(Of(AgentTaskStatus.Pending), Of(AgentTaskStatus.Running), Of(AgentTaskStatus.Completed), Of(AgentTaskStatus.Failed), Of(AgentTaskStatus.Cancelled)),
                ByOwner = owners,
                OtherOwners = session.Prepare("SELECT count(DISTINCT owner) FROM tasks").One(r => r.Integer(0)) - owners.Count,
                TasksOfOtherOwners = total - owners.Sum(o => o.Count),
                Durations = Durations(session),
                Locks = Locks(session),
                Recent = session.Prepare($"SELECT {SqliteRows.TaskColumns} FROM tasks ORDER BY n DESC LIMIT ?").Bind(recent).All(SqliteRows.Task),
            };

            long Of(AgentTaskStatus status) => statuses.GetValueOrDefault(status);
        }
        finally
        {
            session.Prepare("COMMIT").Run();
        }
    }));

    private static DurationStatistic Durations(SqliteSession session)
    {
        var count = session.Prepare($"SELECT count(*) {Finished}").One(r => r.Integer(0));
        return new DurationStatistic(count, Rank(0.5), Rank(0.95));

        TimeSpan? Rank(double part) => count == 0
            ? null
            : TimeSpan.FromMilliseconds(session.Prepare($"SELECT finished_at - started_at {Finished} ORDER BY 1 LIMIT 1 OFFSET ?").Bind((long)Math.Ceiling(part * count) - 1).One(r => r.Integer(0)));
    }

    private static LockStatistic Locks(SqliteSession session)
    {
        // Everything but what the product leases for its own use.
        const string Counted = "NOT (resource >= 'hooks:' AND resource < 'hooks;') AND NOT (resource >= 'turn:' AND resource < 'turn;')";
        var modes = session.Prepare($"SELECT mode, count(*) FROM leases WHERE {Counted} GROUP BY mode").All(r => (Mode: (LeaseMode)r.Integer(0), Count: r.Integer(1))).ToDictionary(m => m.Mode, m => m.Count);
        var (exclusive, collaborative) = (modes.GetValueOrDefault(LeaseMode.Exclusive), modes.GetValueOrDefault(LeaseMode.Collaborative));
        var (ended, lost, held, conflicts) = session.Prepare("SELECT ended, lost, held, conflicts FROM lease_counters").One(r => (r.Integer(0), r.Integer(1), r.Integer(2), r.Integer(3)));
        var waits = session.Prepare("SELECT waited FROM lock_waits ORDER BY waited").All(r => r.Integer(0));
        return new LockStatistic(exclusive + collaborative, exclusive, collaborative, lost)
        {
            Total = exclusive + collaborative + ended,
            Conflicts = conflicts,
            Waiting = session.Prepare($"SELECT count(DISTINCT ticket) FROM waiters WHERE {Counted}").One(r => r.Integer(0)),
            AverageHold = ended == 0 ? null : TimeSpan.FromMilliseconds(held / (double)ended),
            WaitP50 = Rank(0.5),
            WaitP95 = Rank(0.95),
        };

        TimeSpan? Rank(double part) => waits.Count == 0 ? null : TimeSpan.FromMilliseconds(waits[(int)Math.Ceiling(part * waits.Count) - 1]);
    }

    private static TaskAgent Agent(Statement row) => new()
    {
        AgentId = row.Text(0),
        TaskId = row.Text(1),
        TaskName = row.Text(2),
        Mode = (LeaseMode)row.Integer(3),
        Fence = row.Integer(4),
        AcquiredAt = row.Time(5),
        ExpiresAt = row.TimeOrNull(6),
        Host = row.Text(7),
        ProcessId = (int)row.Integer(8),
        Progress = row.TextOrNull(9),
        LastSeen = row.TimeOrNull(10) ?? row.Time(5),
    };
}
