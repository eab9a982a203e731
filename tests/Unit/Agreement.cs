using System.Globalization;
using OpenCode.Common;
using OpenCode.Layers;
using OpenCode.Registry;

namespace OpenCode.Tests.Unit;

/// <summary>
/// Whether the registry and the four layers of a task tell the same story. Knows no test framework, so that the kill matrix can link
/// this file. It reads only and settles nothing: open the task first, when something may be unfinished.
/// </summary>
internal static class Agreement
{
    /// <summary>Fails with every disagreement found, one a line.</summary>
    /// <exception cref="InvalidOperationException">The layers and the registry do not agree.</exception>
    public static async Task CheckAsync(OpenCodeRuntime runtime, string taskId, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        var folder = new TaskFolder(runtime.Configuration.DataRoot, taskId);
        if (await runtime.Registry.FindAsync(taskId, cancellationToken).ConfigureAwait(false) is { } row)
        {
            var journal = await runtime.Registry.JournalAsync(row.Number, 0, cancellationToken).ConfigureAwait(false);
            var leases = await runtime.Registry.LeasesAsync(TaskResource.Name(taskId), cancellationToken).ConfigureAwait(false);
            var checkpoints = await runtime.Registry.CheckpointsAsync(taskId, cancellationToken).ConfigureAwait(false);
            Row(row, journal, leases, problems);
            Guarded("state.json", problems, () => State(folder, row.Task, problems));
            Guarded("logs.jsonl", problems, () => Log(folder, journal, problems));
            Guarded("decisions.md", problems, () => Expect(File.Exists(folder.Decisions) && DecisionLayer.Read(folder) is not null, "decisions.md is missing", problems));
            Guarded("checkpoints", problems, () => Checkpoints(folder, row, checkpoints, problems));
            Guarded("leftovers", problems, () => Leftovers(folder, problems));
        }
        else
        {
            await GoneAsync(runtime, folder, problems, cancellationToken).ConfigureAwait(false);
        }

        if (problems.Count > 0)
        {
            throw new InvalidOperationException($"Task '{taskId}' disagrees with itself:{Environment.NewLine}  {string.Join(Environment.NewLine + "  ", problems)}");
        }
    }

    /// <summary>The numbers of the lifecycle events that belong into the log, in order: a restore brings back the log of its checkpoint's moment.</summary>
    public static IReadOnlyList<long> ExpectedSeqs(IReadOnlyList<JournalEntry> journal)
    {
        // logs[s] is the log when the journal ended with s. A checkpoint's log is that of its own seq.
        var logs = new Dictionary<long, IReadOnlyList<long>> { [0] = [] };
        IReadOnlyList<long> present = [];
        foreach (var entry in journal)
        {
            var before = entry.Kind is TaskEvent.Restored ? logs[(long)JsonMap.Parse(entry.Data!)["checkpointSeq"]!] : present;
            present = [.. before, entry.Seq];
            logs[entry.Seq] = present;
        }

        return present;
    }

    private static void Row(TaskRow row, IReadOnlyList<JournalEntry> journal, IReadOnlyList<Lease> leases, List<string> problems)
    {
        Expect(row.ProjectedSeq == row.LastSeq, $"projected to {row.ProjectedSeq} of {row.LastSeq}", problems);
        Expect(journal.Select(e => e.Seq).SequenceEqual(Enumerable.Range(1, (int)row.LastSeq).Select(n => (long)n)), $"the journal's numbers are {Join(journal.Select(e => e.Seq))}, the last is to be {row.LastSeq}", problems);
        Expect(journal.Zip(journal.Skip(1)).All(p => p.Second.Version - p.First.Version is 0 or 1), $"the journal's versions jump: {Join(journal.Select(e => e.Version))}", problems);
        Expect(journal.Count > 0 && journal[^1].Version == row.Task.Version, $"the journal ends with version {(journal.Count > 0 ? journal[^1].Version : 0)}, the row has {row.Task.Version}", problems);
        Expect(journal.Count > 0 && journal[^1].Status == row.Task.Status, $"the journal ends with another status than the row's {row.Task.Status}", problems);
        Expect(journal.Count > 0 && journal[0].Kind is TaskEvent.Created, "the journal does not begin with Created", problems);
        Expect(journal.All(e => e.StateData is null), "the journal keeps state data that are projected", problems);
        Expect(leases.Select(l => l.Owner).Order(StringComparer.Ordinal).SequenceEqual(row.Task.Agents.Order(StringComparer.Ordinal)), $"the leases are of {Join(leases.Select(l => l.Owner))}, the task's agents are {Join(row.Task.Agents)}", problems);
        Expect(row.Task.Status is AgentTaskStatus.Running || leases.Count == 0, $"the task is {row.Task.Status} and has leases", problems);
        Expect(row.Task.Mode is AgentTaskMode.Collaborative || leases.Count <= 1, $"the exclusive task has {leases.Count} leases", problems);
        var ended = row.Task.Status is AgentTaskStatus.Completed or AgentTaskStatus.Failed or AgentTaskStatus.Cancelled;
        Expect(ended == row.Task.FinishedAt is not null, $"the task is {row.Task.Status} and finished at '{row.Task.FinishedAt}'", problems);
        Expect(row.Task.Status is not AgentTaskStatus.Completed || row.Task.Result is { Success: true }, "the task is Completed without a result of success", problems);
    }

    private static void State(TaskFolder folder, AgentTask task, List<string> problems)
    {
        var state = StateLayer.Read(folder);
        Expect(state.Version == task.Version, $"state.json has version {state.Version}, the registry {task.Version}", problems);
        Expect(state.Status == task.Status, $"state.json says {state.Status}, the registry {task.Status}", problems);
    }

    private static void Log(TaskFolder folder, IReadOnlyList<JournalEntry> journal, List<string> problems)
    {
        var (entries, malformed) = LogLayer.Read(folder, null, _ => true, null);
        Expect(malformed == 0, $"{malformed} malformed log lines", problems);
        var seqs = entries.Where(e => e.Seq is not null).Select(e => e.Seq!.Value).ToList();
        var expected = ExpectedSeqs(journal);
        Expect(seqs.SequenceEqual(expected), $"the log has the lifecycle events {Join(seqs)}, expected are {Join(expected)}", problems);
        foreach (var entry in entries.Where(e => e.Seq is { } seq && journal.FirstOrDefault(j => j.Seq == seq) is { } known && (known.Message != e.Message || known.At != e.Timestamp || known.Level != e.Level)))
        {
            problems.Add($"the log tells event {entry.Seq} as '{entry.Message}', the journal does not");
        }
    }

    private static void Checkpoints(TaskFolder folder, TaskRow row, IReadOnlyList<CheckpointRow> known, List<string> problems)
    {
        var published = CheckpointLayer.Published(folder);
        Expect(published.SequenceEqual(known.Select(k => k.CheckpointId).Order(StringComparer.Ordinal)), $"the folder has the checkpoints {Join(published)}, the registry {Join(known.Select(k => k.CheckpointId))}", problems);
        foreach (var checkpoint in known)
        {
            Guarded(checkpoint.CheckpointId, problems, () =>
            {
                var (manifest, seq) = CheckpointLayer.ReadManifest(folder, checkpoint.CheckpointId);
                CheckpointLayer.Verify(folder, manifest);
                Expect(seq == checkpoint.Seq && manifest.Timestamp == checkpoint.At, $"checkpoint {checkpoint.CheckpointId} has event {seq} of {manifest.Timestamp:O}, the registry {checkpoint.Seq} of {checkpoint.At:O}", problems);
                Expect(manifest.Files.Select(f => f.Name).Order(StringComparer.Ordinal).SequenceEqual(["decisions.md", "logs.jsonl", "state.json"]), $"checkpoint {checkpoint.CheckpointId} holds {Join(manifest.Files.Select(f => f.Name))}", problems);
            });
        }

        Expect(row.CheckpointId is null || known.Any(k => k.CheckpointId == row.CheckpointId), $"the task stands on checkpoint {row.CheckpointId}, which is not there", problems);
    }

    private static void Leftovers(TaskFolder folder, List<string> problems)
    {
        foreach (var leftover in Directory.EnumerateFiles(folder.Root, "*.tmp"))
        {
            problems.Add($"'{Path.GetFileName(leftover)}' was left behind");
        }

        Parts(folder, problems);
    }

    private static async Task GoneAsync(OpenCodeRuntime runtime, TaskFolder folder, List<string> problems, CancellationToken cancellationToken)
    {
        Expect(!Directory.Exists(folder.Root), "the registry does not know the task, and its folder is there", problems);
        var pending = await runtime.Registry.PendingDeletionsAsync(cancellationToken).ConfigureAwait(false);
        Expect(pending.All(p => p.TaskId != folder.TaskId), "its deletion is not finished", problems);
        var leases = await runtime.Registry.LeasesAsync(TaskResource.Name(folder.TaskId), cancellationToken).ConfigureAwait(false);
        Expect(leases.Count == 0, $"it is gone and leased to {Join(leases.Select(l => l.Owner))}", problems);
        Parts(folder, problems);
    }

    private static void Parts(TaskFolder folder, List<string> problems)
    {
        var tasks = Path.GetDirectoryName(folder.Root)!;
        foreach (var part in (string[])[".new-", ".gone-"])
        {
            Expect(!Directory.Exists(Path.Combine(tasks, part + folder.TaskId)), $"'{part}{folder.TaskId}' was left behind", problems);
        }
    }

    private static void Guarded(string what, List<string> problems, Action check)
    {
        try
        {
            check();
        }
        catch (Exception e) when (e is OpenCodeException or IOException or UnauthorizedAccessException or KeyNotFoundException)
        {
            problems.Add($"{what}: {e.Message}");
        }
    }

    private static void Expect(bool holds, string problem, List<string> problems)
    {
        if (!holds)
        {
            problems.Add(problem);
        }
    }

    private static string Join<T>(IEnumerable<T> items) => $"[{string.Join(", ", items.Select(i => Convert.ToString(i, CultureInfo.InvariantCulture)))}]";
}
