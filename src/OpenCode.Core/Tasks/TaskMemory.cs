using OpenCode.Common;
using OpenCode.Hooks;
using OpenCode.Layers;
using OpenCode.Registry;

namespace OpenCode.Tasks;

/// <summary>What a task remembers: its log, its decisions and its state. What a call returns is in the file, and flushed to disk with synchronous=full.</summary>
public sealed class TaskMemory
{
    /// <summary>The name under which a person's decisions are written; no lease is asked for it.</summary>
    public const string Operator = "operator";

    private static readonly TimeSpan[] ConflictPauses = [.. new[] { 100, 200, 400, 800, 1000 }.Select(milliseconds => TimeSpan.FromMilliseconds(milliseconds))];

    private readonly TaskWay _way;
    private readonly LogLayer _log;
    private readonly DecisionLayer _decisions;
    private readonly TimeProvider _clock;

    internal TaskMemory(TaskWay way, LogLayer log, DecisionLayer decisions, TimeProvider clock)
    {
        _way = way;
        _log = log;
        _decisions = decisions;
        _clock = clock;
    }

    /// <summary>Writes a line into a task's log.</summary>
    /// <exception cref="OpenCodeException">AgentNotAttached or LeaseLost: the agent may not write; LimitExceeded: over 256 KiB.</exception>
    public async Task<LogEntry> LogAsync(string task, LogLevel level, string message, JsonMap? data, Actor actor, CancellationToken cancellationToken)
    {
        var entry = new LogEntry
        {
            Timestamp = Now(),
            Level = Enum.IsDefined(level) ? level : throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The level '{level}' is none. Give Debug, Info, Warn or Error."),
            Message = Input.RequiredText(message, "log message"),
            Data = Signed(Input.Metadata(data), actor),
        };
        var (held, _) = await EnterAsync(task, actor, cancellationToken).ConfigureAwait(false);
        using (held)
        {
            _log.Append(held, _way.Folder(held.TaskId), entry);
        }

        return entry;
    }

    /// <summary>Reads a task's log, in order.</summary>
    public async Task<LogPage> HistoryAsync(string task, LogQuery query, CancellationToken cancellationToken)
    {
        var folder = await SettledAsync(task, cancellationToken).ConfigureAwait(false);
        var (entries, malformed) = LogLayer.Read(
            folder,
            query.Level,
            entry => !(entry.Timestamp <= query.After) && !(entry.Timestamp >= query.Before),
            query.First is null ? query.Last : null);
        if (query.First is { } first)
        {
            entries = [.. entries.Take(first)];
            entries = query.Last is { } last ? [.. entries.TakeLast(last)] : entries;
        }

        return new LogPage(entries, malformed);
    }

    /// <summary>Reads a task's log on as it grows, whichever process writes: first the newest entries, then every one as it arrives, none twice and none left out.</summary>
    /// <param name="task">The task.</param>
    /// <param name="query">Which entries. <see cref="LogQuery.Last"/> is how many of those that are there; <see cref="LogQuery.First"/> and <see cref="LogQuery.Before"/> end the stream.</param>
    /// <param name="onMalformed">Told how many more lines could not be read and were passed over.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <exception cref="OpenCodeException">TaskNotFound: there is no such task, or it was deleted meanwhile; StateCorrupt: damage keeps a change out of its files.</exception>
    public IAsyncEnumerable<LogEntry> FollowAsync(string task, LogQuery query, Action<int>? onMalformed, CancellationToken cancellationToken) =>
        new LogFollow(_way, _clock).FollowAsync(task, query, onMalformed, cancellationToken);

    /// <summary>Writes a decision down.</summary>
    /// <param name="task">The task.</param>
    /// <param name="decision">The decision; in an agent's name it needs that agent's lease, in the name <see cref="Operator"/> none.</param>
    /// <param name="fence">The fence the agent knows, or null.</param>
    /// <param name="cancellationToken">Ends the wait for the task.</param>
    public async Task<Decision> DecideAsync(string task, NewDecision decision, long? fence, CancellationToken cancellationToken)
    {
        var written = new Decision
        {
            Timestamp = Now(),
            AgentId = Input.Agent(decision.AgentId),
            Text = Input.RequiredText(decision.Text, "decision"),
            Reasoning = Input.Text(decision.Reasoning, "reasoning"),
            Metadata = Input.Metadata(decision.Metadata) ?? JsonMap.Empty,
        };
        var actor = decision.AgentId == Operator ? Actor.Operator : new Actor(decision.AgentId, fence);
        var (held, _) = await EnterAsync(task, actor, cancellationToken).ConfigureAwait(false);
        using (held)
        {
            _decisions.Append(held, _way.Folder(held.TaskId), written);
        }

        return written;
    }

    /// <summary>Reads a task's decisions, in order.</summary>
    /// <exception cref="OpenCodeException">StateCorrupt: the file is not as it was written.</exception>
    public async Task<IReadOnlyList<Decision>> DecisionsAsync(string task, string? agent, int? last, CancellationToken cancellationToken)
    {
        var folder = await SettledAsync(task, cancellationToken).ConfigureAwait(false);
        var decisions = DecisionLayer.Read(folder).Where(d => agent is null || d.AgentId == agent);
        return [.. last is { } count ? decisions.TakeLast(count) : decisions];
    }

    /// <summary>Reads and verifies a task's state.</summary>
    /// <exception cref="OpenCodeException">StateCorrupt: the checksum does not fit.</exception>
    public async Task<TaskState> StateAsync(string task, CancellationToken cancellationToken) =>
        StateLayer.Read(await SettledAsync(task, cancellationToken).ConfigureAwait(false));

    /// <summary>Changes the data of a task's state.</summary>
    /// <param name="task">The task.</param>
    /// <param name="data">The new members.</param>
    /// <param name="replace">True to replace all data; false to put the members over the present ones, taking out those whose new value is null.</param>
    /// <param name="expectedVersion">The version the caller knows, or null for any.</param>
    /// <param name="actor">In whose name.</param>
    /// <param name="cancellationToken">Ends the wait for the task.</param>
    /// <exception cref="OpenCodeException">VersionConflict: names both versions; LimitExceeded: over 4 MiB.</exception>
    public async Task<TaskState> ChangeStateAsync(string task, JsonMap data, bool replace, long? expectedVersion, Actor actor, CancellationToken cancellationToken)
    {
        var id = await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        var (held, _) = await _way.EnterAsync(id, cancellationToken).ConfigureAwait(false);
        using (held)
        {
            // Read, merged and committed under one lock: two agents that change different members both find theirs afterwards.
            var folder = _way.Folder(id);
            var merged = replace ? data : StateLayer.Read(folder).Data.Merge(data);
            await _way.ChangeAsync(held, new ChangeState(id, HookFlow.Act(id, actor), expectedVersion, Input.Data(merged.ToString(), "state data")), cancellationToken).ConfigureAwait(false);
            return StateLayer.Read(folder);
        }
    }

    /// <summary>
    /// Reads a task's state, has it changed, and writes it back, provided that nobody changed the task in between. On a Collaborative task such a conflict is what working
    /// together brings, and it is tried again, with the state as it is then, after 100, 200, 400, 800 and 1000 ms.
    /// </summary>
    /// <param name="task">The task.</param>
    /// <param name="change">Given the present state, returns the members to be put over its data; without any, nothing is changed. Called again for every try.</param>
    /// <param name="actor">In whose name.</param>
    /// <param name="cancellationToken">Ends the wait for the task.</param>
    /// <exception cref="OpenCodeException">VersionConflict: names both versions; and what <see cref="ChangeStateAsync"/> refuses with.</exception>
    public async Task<TaskState> UpdateStateAsync(string task, Func<TaskState, CancellationToken, ValueTask<JsonMap>> change, Actor actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        var id = await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        var together = (await _way.Registry.FindAsync(id, cancellationToken).ConfigureAwait(false))?.Task.Mode is AgentTaskMode.Collaborative;
        for (var attempt = 0; ; attempt++)
        {
            var state = await StateAsync(id, cancellationToken).ConfigureAwait(false);
            var data = await change(state, cancellationToken).ConfigureAwait(false);
            if (data.Count == 0)
            {
                return state;
            }

            try
            {
                return await ChangeStateAsync(id, data, replace: false, state.Version, actor, cancellationToken).ConfigureAwait(false);
            }
            catch (OpenCodeException e) when (e.Error is OpenCodeError.VersionConflict && attempt < ConflictPauses.Length && together)
            {
                await Task.Delay(ConflictPauses[attempt], _clock, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<(TaskLock Held, TaskRow Row)> EnterAsync(string task, Actor actor, CancellationToken cancellationToken)
    {
        var id = await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        var entered = await _way.EnterAsync(id, cancellationToken).ConfigureAwait(false);
        if (actor.Agent is null && LeaseFlow.Current.Count == 0)
        {
            return entered;
        }

        try
        {
            await _way.Registry.WriteAsync(new RenewAgent(id, actor), cancellationToken).ConfigureAwait(false);
            return entered;
        }
        catch
        {
            entered.Held.Dispose();
            throw;
        }
    }

    private async Task<TaskFolder> SettledAsync(string task, CancellationToken cancellationToken)
    {
        await _way.SweepAsync(cancellationToken).ConfigureAwait(false);
        var id = await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        var row = await _way.Registry.FindAsync(id, cancellationToken).ConfigureAwait(false) ?? throw TaskWay.NotFound(id);
        if (row.ProjectedSeq < row.LastSeq)
        {
            await _way.SettleAsync(id, cancellationToken).ConfigureAwait(false);
        }

        return _way.Folder(id);
    }

    private static JsonMap? Signed(JsonMap? data, Actor actor) => actor.Agent is { } agent && data?.ContainsKey("agent") is not true
        ? (data ?? JsonMap.Empty).Merge(JsonMap.From(new Dictionary<string, object?> { ["agent"] = agent }))
        : data;

    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(_clock.GetUtcNow().ToUnixTimeMilliseconds());
}
