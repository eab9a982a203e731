using OpenCode.Common;

namespace OpenCode.Registry.Sqlite;

/// <summary>The columns of each table in one order, and how a row becomes a record.</summary>
internal static class SqliteRows
{
    public const string TaskColumns =
        "id, name, description, status, mode, owner, agents, priority, metadata, result, error, version, attempt, image, created_at, updated_at, started_at, finished_at, depends_on, unfinished";

    public const string RowColumns = TaskColumns + ", n, last_seq, projected_seq, changed_by, checkpoint_id";

    public const string EntryColumns = "seq, version, status, kind, at, level, message, data, state_data";

    public const string LeaseColumns = "resource, fence, owner, mode, acquired_at, expires_at, duration, host, process_id, process_started, bound, ticket, seen_at, progress";

    public const string ExecutionColumns = "e.id, t.id, e.agent, e.command, e.exit_code, e.stdout, e.stderr, e.truncated, e.timed_out, e.started_at, e.duration, e.ended, e.status, e.reason";

    public const string SandboxColumns = "t.id, s.container_name, s.container_id, s.image, s.state, s.deed, s.host, s.process_id, s.process_started, s.network, s.memory, s.cpu_shares, s.pids_limit, s.pool";

    public const string PoolColumns = "id, container_name, container_id, image, fingerprint, memory, state, host, process_id, process_started";

    public const string RoomColumns = "ticket, task_n, until, host, process_id, process_started";

    public const string ApprovalColumns = "id, task_id, tool, question, requested_by, status, requested_at, expires_at, answered_at, answered_by";

    public static AgentTask Task(Statement row) => new()
    {
        Id = row.Text(0),
        Name = row.Text(1),
        Description = row.TextOrNull(2),
        Status = (AgentTaskStatus)row.Integer(3),
        Mode = (AgentTaskMode)row.Integer(4),
        Owner = row.Text(5),
        Agents = row.TextOrNull(6) is { } agents ? agents.Split('\n') : [],
        Priority = (int)row.Integer(7),
        Metadata = JsonMap.FromTrusted(row.Text(8)),
        Result = row.TextOrNull(9) is { } result ? ResultJson.Read(result) : null,
        Error = row.TextOrNull(10),
        Version = row.Integer(11),
        Attempt = (int)row.Integer(12),
        Image = row.TextOrNull(13),
        CreatedAt = row.Time(14),
        UpdatedAt = row.Time(15),
        StartedAt = row.TimeOrNull(16),
        FinishedAt = row.TimeOrNull(17),
        DependsOn = row.TextOrNull(18) is { } ids ? ids.Split('\n') : [],
        Ready = row.Integer(3) == (long)AgentTaskStatus.Pending && row.Integer(19) == 0,
    };

    public static TaskRow Row(Statement row)
    {
        var task = Task(row);
        return new TaskRow(row.Integer(20), task, row.Integer(21), row.Integer(22), row.Text(23), row.TextOrNull(24)) { Unfinished = (int)row.Integer(19), Stored = task };
    }

    public static JournalEntry Entry(Statement row) => new()
    {
        Seq = row.Integer(0),
        Version = row.Integer(1),
        Status = (AgentTaskStatus)row.Integer(2),
        Kind = (TaskEvent)row.Integer(3),
        At = row.Time(4),
        Level = (LogLevel)row.Integer(5),
        Message = row.Text(6),
        Data = row.TextOrNull(7),
        StateData = row.TextOrNull(8),
    };

    public static LeaseRow Lease(Statement row) => new(
        row.Text(0),
        row.Text(2),
        (LeaseMode)row.Integer(3),
        row.Time(4),
        row.TimeOrNull(5),
        row.IntegerOrNull(6) is { } duration ? TimeSpan.FromMilliseconds(duration) : null,
        new ProcessIdentity(row.Text(7), (int)row.Integer(8), row.Text(9)))
    {
        Fence = row.Integer(1),
        Bound = row.Integer(10) != 0,
        Ticket = row.IntegerOrNull(11),
        SeenAt = row.TimeOrNull(12),
        Progress = row.TextOrNull(13),
    };

    public static Execution Execution(Statement row) => new()
    {
        Id = row.Text(0),
        TaskId = row.Text(1),
        AgentId = row.TextOrNull(2),
        Command = [.. ((object[])JsonText.ParseValue(row.Text(3))!).Cast<string>()],
        ExitCode = (int?)row.IntegerOrNull(4),
        Stdout = row.Text(5),
        Stderr = row.Text(6),
        Truncated = row.Integer(7) != 0,
        TimedOut = row.Integer(8) != 0,
        StartedAt = row.Time(9),
        Duration = row.IntegerOrNull(10) is { } duration ? TimeSpan.FromMilliseconds(duration) : null,
        Status = (row.Integer(11), row.IntegerOrNull(12)) switch
        {
            (0, _) => ExecutionStatus.Running,
            (_, { } status) => (ExecutionStatus)status,
            _ when row.Integer(8) != 0 => ExecutionStatus.TimedOut,
            _ when row.IntegerOrNull(4) is not null => ExecutionStatus.Exited,
            _ => ExecutionStatus.Lost,
        },
        Reason = row.TextOrNull(13),
    };

    public static SandboxRow Sandbox(Statement row) => new(row.Text(0), row.Text(1), row.TextOrNull(2), row.Text(3))
    {
        State = (SandboxState)row.Integer(4),
        Deed = (SandboxDeed?)row.IntegerOrNull(5),
        Process = row.TextOrNull(6) is { } host ? new ProcessIdentity(host, (int)row.Integer(7), row.Text(8)) : null,
        Network = (SandboxNetwork)row.Integer(9),
        MemoryMiB = (int?)row.IntegerOrNull(10),
        CpuShares = (int?)row.IntegerOrNull(11),
        PidsLimit = (int?)row.IntegerOrNull(12),
        Pool = row.TextOrNull(13),
    };

    public static PoolRow Pool(Statement row) => new(
        row.Text(0), row.Text(1), row.TextOrNull(2), row.Text(3), row.Text(4), (int)row.Integer(5), (PoolState)row.Integer(6), new ProcessIdentity(row.Text(7), (int)row.Integer(8), row.Text(9)));

    public static RoomWaiter RoomWaiter(Statement row) => new(row.Integer(0), row.Integer(1), row.Time(2), new ProcessIdentity(row.Text(3), (int)row.Integer(4), row.Text(5)));

    public static ApprovalRequest Approval(Statement row, DateTimeOffset now) => new()
    {
        Id = row.Text(0),
        TaskId = row.Text(1),
        Tool = row.Text(2),
        Question = row.Text(3),
        RequestedBy = row.Text(4),
        Status = (ApprovalStatus)row.Integer(5) is var status && status is ApprovalStatus.Waiting or ApprovalStatus.Approved && row.Time(7) <= now ? ApprovalStatus.Expired : status,
        RequestedAt = row.Time(6),
        ExpiresAt = row.Time(7),
        AnsweredAt = row.TimeOrNull(8),
        AnsweredBy = row.TextOrNull(9),
    };

    /// <summary>Agents' names hold no control characters, so a line break parts them.</summary>
    public static string? Agents(AgentTask task) => Lines(task.Agents);

    /// <summary>Texts that hold no line break, one a line.</summary>
    public static string? Lines(IReadOnlyList<string> texts) => texts.Count == 0 ? null : string.Join('\n', texts);
}
