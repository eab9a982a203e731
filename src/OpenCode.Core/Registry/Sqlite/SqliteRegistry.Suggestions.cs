namespace OpenCode.Registry.Sqlite;

/// <content>Suggestions for completion. Every statement goes along an index or the row numbers, and stops.</content>
public sealed partial class SqliteRegistry
{
    // How many of the newest rows are looked at where no index leads to the ones that are wanted.
    private const int SuggestionDepth = 300;
    private const int PatternDepth = 20_000;

    private const string SuggestionColumns = "n, id, name, status, owner, agents, created_at";

    private const string CheckpointSuggestions = """
        SELECT c.id, t.id, t.name, c.at,
            (SELECT substr(j.message, length('Checkpoint ' || c.id || ' taken: ') + 1) FROM journal j
             WHERE j.task_n = c.task_n AND j.seq > c.seq AND j.seq <= c.seq + 8 AND j.kind = 11 AND j.data ->> 'checkpoint' = c.id)
        FROM checkpoints c JOIN tasks t ON t.n = c.task_n
        """;

    // Columns behind the outputs are not read: they lie behind megabytes.
    private const string ExecutionSuggestions = """
        SELECT e.id, t.id, (SELECT substr(group_concat(value, ' '), 1, 200) FROM json_each(e.command)), e.exit_code
        FROM executions e JOIN tasks t ON t.n = e.task_n
        """;

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<TaskSuggestion>> SuggestTasksAsync(TaskSuggestionQuery query, CancellationToken cancellationToken) => new(Read(session =>
    {
        var found = (query.Pattern, query.Word) switch
        {
            ({ } pattern, _) => MatchingPattern(session, pattern, query.Limit),
            (_, "") => [.. query.Preferred.SelectMany(status => OfStatus(session, status, query.Limit)), .. Newest(session, query.Limit)],
            (_, var word) => ByIdOrName(session, word, query.Limit),
        };
        return (IReadOnlyList<TaskSuggestion>)
        [
            .. found.DistinctBy(static task => task.Number)
                .OrderBy(task => query.Preferred.Count > 0 && !query.Preferred.Contains(task.Status))
                .ThenBy(task => !task.Id.StartsWith(query.Word, StringComparison.Ordinal))
                .ThenByDescending(static task => task.Number)
                .Take(query.Limit),
        ];
    }));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<string>> SuggestAgentsAsync(string? taskId, int limit, CancellationToken cancellationToken) => new(Read(session =>
    {
        // Who is attached now, and then who was: the journal remembers those that are done or lost.
        const string OfTask = """
            SELECT agent FROM (
                SELECT owner AS agent, 1 AS present, fence AS at FROM leases WHERE resource = 'task:' || ?1
                UNION ALL
                SELECT data ->> 'agent', 0, seq FROM (SELECT j.data, j.seq FROM journal j JOIN tasks t ON t.n = j.task_n WHERE t.id = ?1 ORDER BY j.seq DESC LIMIT 1000))
            WHERE agent IS NOT NULL GROUP BY agent ORDER BY max(present) DESC, max(at) DESC LIMIT ?2
            """;

        const string OfAll = """
            SELECT owner AS agent FROM leases WHERE resource >= 'task:' AND resource < 'task;'
            UNION
            SELECT data ->> 'agent' FROM journal WHERE task_n IN (SELECT n FROM tasks ORDER BY n DESC LIMIT 100) AND seq <= 20 AND data ->> 'agent' IS NOT NULL
            ORDER BY agent LIMIT ?
            """;
        return taskId is null
            ? session.Prepare(OfAll).Bind(limit).All(static r => r.Text(0))
            : session.Prepare(OfTask).Bind(taskId).Bind(limit).All(static r => r.Text(0));
    }));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<string>> SuggestOwnersAsync(int limit, CancellationToken cancellationToken) => new(Read(session =>
    {
        const string Sql = """
            WITH RECURSIVE known (name) AS (
                SELECT min(owner) FROM tasks
                UNION ALL
                SELECT (SELECT min(owner) FROM tasks WHERE owner > known.name) FROM known WHERE known.name IS NOT NULL)
            SELECT name FROM known WHERE name IS NOT NULL LIMIT ?
            """;
        return session.Prepare(Sql).Bind(limit).All(static r => r.Text(0));
    }));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<Lease>> SuggestLocksAsync(int limit, CancellationToken cancellationToken) => new(Read(session =>
    {
        // Around the reserved names, of which there may be as many as tasks.
        const string Sql = $"""
            SELECT {SqliteRows.LeaseColumns} FROM leases WHERE (resource < 'hooks:' OR resource >= 'hooks;' AND resource < 'task:' OR resource >= 'task;' AND resource < 'turn:' OR resource >= 'turn;')
            AND (expires_at IS NULL OR expires_at > ?) ORDER BY resource LIMIT ?
            """;
        return (IReadOnlyList<Lease>)[.. session.Prepare(Sql).Bind(_clock.GetUtcNow().ToUnixTimeMilliseconds()).Bind(limit).All(SqliteRows.Lease).Select(static lease => lease.ToLease())];
    }));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<string>> SuggestHoldersAsync(int limit, CancellationToken cancellationToken) => new(Read(session =>
    {
        return session.Prepare("SELECT DISTINCT owner FROM leases ORDER BY owner LIMIT ?").Bind(limit).All(static r => r.Text(0));
    }));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<CheckpointSuggestion>> SuggestCheckpointsAsync(string? taskId, string prefix, int limit, CancellationToken cancellationToken) => new(Read(session =>
    {
        const string OfTask = CheckpointSuggestions + " WHERE c.task_n = (SELECT n FROM tasks WHERE id = ?) AND c.id >= ? AND c.id < ? ORDER BY c.id DESC LIMIT ?";
        const string OfAll = CheckpointSuggestions + " WHERE c.id >= ? AND c.id < ? ORDER BY c.id DESC LIMIT ?";
        return Beginning(taskId is null ? session.Prepare(OfAll) : session.Prepare(OfTask).Bind(taskId), prefix).Bind(limit)
            .All(static r => new CheckpointSuggestion(r.Text(0), r.Text(1), r.Text(2), r.Time(3), r.TextOrNull(4) is { Length: > 0 } description ? description : null));
    }));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<ExecutionSuggestion>> SuggestExecutionsAsync(string? taskId, string prefix, int limit, CancellationToken cancellationToken) => new(Read(session =>
    {
        const string OfTask = ExecutionSuggestions + " WHERE e.task_n = (SELECT n FROM tasks WHERE id = ?) AND e.id >= ? AND e.id < ? ORDER BY e.id DESC LIMIT ?";
        const string OfAll = ExecutionSuggestions + " WHERE e.id >= ? AND e.id < ? ORDER BY e.id DESC LIMIT ?";
        return Beginning(taskId is null ? session.Prepare(OfAll) : session.Prepare(OfTask).Bind(taskId), prefix).Bind(limit)
            .All(static r => new ExecutionSuggestion(r.Text(0), r.Text(1), r.TextOrNull(2) ?? "", (int?)r.IntegerOrNull(3)));
    }));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<string>> SuggestImagesAsync(int limit, CancellationToken cancellationToken) => new(Read(session =>
    {
        const string Sql = """
            SELECT image FROM (SELECT image FROM tasks ORDER BY n DESC LIMIT 1000) WHERE image IS NOT NULL
            UNION
            SELECT image FROM (SELECT image FROM sandboxes ORDER BY task_n DESC LIMIT 1000)
            ORDER BY image LIMIT ?
            """;
        return session.Prepare(Sql).Bind(limit).All(static r => r.Text(0));
    }));

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<string>> SuggestMetadataKeysAsync(int limit, CancellationToken cancellationToken) => new(Read(session =>
    {
        const string Sql = """
            SELECT key FROM (SELECT metadata FROM tasks ORDER BY n DESC LIMIT 1000) recent, json_each(recent.metadata)
            WHERE length(recent.metadata) < 65536 GROUP BY key ORDER BY count(*) DESC, key LIMIT ?
            """;
        return session.Prepare(Sql).Bind(limit).All(static r => r.Text(0));
    }));

    private static IReadOnlyList<TaskSuggestion> Newest(SqliteSession session, int limit) =>
        session.Prepare($"SELECT {SuggestionColumns} FROM tasks ORDER BY n DESC LIMIT ?").Bind(limit).All(Suggestion);

    private static IReadOnlyList<TaskSuggestion> OfStatus(SqliteSession session, AgentTaskStatus status, int limit) =>
        session.Prepare($"SELECT {SuggestionColumns} FROM tasks WHERE status = ? ORDER BY n DESC LIMIT ?").Bind((long)status).Bind(limit).All(Suggestion);

    private static IReadOnlyList<TaskSuggestion> ByIdOrName(SqliteSession session, string word, int limit)
    {
        var byId = BeginningWith(session, word);
        return byId.Count >= limit ? byId : [.. byId, .. Named(session, word)];
    }

    private static IReadOnlyList<TaskSuggestion> BeginningWith(SqliteSession session, string prefix) =>
        Beginning(session.Prepare($"SELECT {SuggestionColumns} FROM tasks WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT ?"), prefix).Bind(SuggestionDepth).All(Suggestion);

    private static IReadOnlyList<TaskSuggestion> MatchingPattern(SqliteSession session, string pattern, int limit)
    {
        const string Sql = $"SELECT {SuggestionColumns} FROM (SELECT {SuggestionColumns} FROM tasks ORDER BY n DESC LIMIT ?) WHERE lower(id) GLOB ? OR lower(name) GLOB ? LIMIT ?";
        return session.Prepare(Sql).Bind(PatternDepth).Bind(pattern).Bind(pattern).Bind(limit).All(Suggestion);
    }

    /// <summary>Tasks in whose name the words are, the last of them perhaps not typed to its end.</summary>
    private static IReadOnlyList<TaskSuggestion> Named(SqliteSession session, string typed)
    {
        var words = Words(typed);
        if (words.Length == 0)
        {
            return [];
        }

        // Names that a search has indexed already; the newer ones are looked through, as far back as is quick.
        const string Indexed = $"SELECT {SuggestionColumns} FROM tasks WHERE n IN (SELECT rowid FROM tasks_text WHERE tasks_text MATCH ? ORDER BY rowid DESC LIMIT ?)";
        const string NotYet = $"""
            SELECT {SuggestionColumns} FROM tasks
            WHERE n > (SELECT max((SELECT value FROM counters WHERE name = 'indexed'), (SELECT coalesce(max(n), 0) FROM tasks) - ?)) AND instr(lower(name), lower(?)) > 0
            ORDER BY n DESC LIMIT ?
            """;
        var expression = $"name : ({string.Join(" AND ", words.Select(static word => $"\"{word}\""))} *)";
        return
        [
            .. session.Prepare(Indexed).Bind(expression).Bind(SuggestionDepth).All(Suggestion),
            .. session.Prepare(NotYet).Bind(PatternDepth).Bind(words[0]).Bind(SuggestionDepth).All(Suggestion).Where(task => HasWords(task.Name, words)),
        ];
    }

    private static bool HasWords(string name, string[] words)
    {
        var named = Words(name);
        return words[..^1].All(word => named.Contains(word, StringComparer.OrdinalIgnoreCase)) && named.Any(word => word.StartsWith(words[^1], StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The words of a text, parted as the full-text index parts them: at everything that is no letter and no digit.</summary>
    private static string[] Words(string text) =>
        new string([.. text.Select(static c => char.IsLetterOrDigit(c) ? c : ' ')]).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    // Ids are ASCII, so '~' sorts behind every character of one.
    private static Statement Beginning(Statement statement, string prefix) => statement.Bind(prefix).Bind(prefix + "~");

    private static TaskSuggestion Suggestion(Statement row) => new(
        row.Integer(0), row.Text(1), row.Text(2), (AgentTaskStatus)row.Integer(3), row.Text(4), row.TextOrNull(5) is { } agents ? agents.Split('\n') : [], row.Time(6));
}
