using System.Globalization;
using System.Text;
using OpenCode.Common;
using OpenCode.Layers;
using OpenCode.Registry;

namespace OpenCode.Tasks;

/// <summary>Mends the files of a task from the registry and from each other. A damaged file is kept beside the new one; nothing is thrown away.</summary>
public sealed class TaskRepair
{
    private readonly TaskWay _way;
    private readonly TaskLocks _locks;
    private readonly TaskCheckpoints _checkpoints;
    private readonly AtomicFile _files;
    private readonly FolderLayer _folders;
    private readonly TimeProvider _clock;

    internal TaskRepair(TaskWay way, TaskLocks locks, TaskCheckpoints checkpoints, AtomicFile files, FolderLayer folders, TimeProvider clock)
    {
        _way = way;
        _locks = locks;
        _checkpoints = checkpoints;
        _files = files;
        _folders = folders;
        _clock = clock;
    }

    /// <summary>Checks every file of a task, and mends what can be mended.</summary>
    /// <returns>What was found, and what became of it. Asking again finds it healthy, but for damaged checkpoints, which stay as they are.</returns>
    public async Task<RepairReport> RepairAsync(string task, CancellationToken cancellationToken)
    {
        var id = await _way.ResolveAsync(task, cancellationToken).ConfigureAwait(false);
        var findings = new List<RepairFinding>();
        using (var held = await _locks.AcquireAsync(id, cancellationToken).ConfigureAwait(false))
        {
            var row = await _way.Registry.FindAsync(id, cancellationToken).ConfigureAwait(false) ?? throw TaskWay.NotFound(id);
            var journal = TaskWay.UpTo(row, await _way.Registry.JournalAsync(row.Number, 0, cancellationToken).ConfigureAwait(false));
            var pending = journal.Where(e => e.Seq > row.ProjectedSeq).ToList();
            var folder = _way.Folder(id);
            folder.Contained(folder.Root); // the files of a folder elsewhere are not mended
            MendFolder(held, row, journal, findings);
            MendLinks(held, findings);
            MendState(held, row, pending, findings);
            if (pending.Count > 0)
            {
                row = await _way.ProjectAsync(held, new TaskChange(row, pending)).ConfigureAwait(false);
                findings.Add(new RepairFinding("state.json, logs.jsonl", string.Create(CultureInfo.InvariantCulture, $"{pending.Count} changes of the registry were not in the files"), "Brought into the files", null));
            }

            MendLog(held, journal, findings);
            MendDecisions(held, findings);
            CheckpointLayer.Sweep(held, folder);
        }

        await CheckCheckpointsAsync(id, findings, cancellationToken).ConfigureAwait(false);
        if (findings.Count > 0)
        {
            var files = string.Join(", ", findings.Select(f => f.File).Distinct());
            await _way.ChangeAsync(id, new RecordEvent(id, TaskEvent.Repaired, LogLevel.Warn, $"Repaired: {files}", EventData.For(TaskEvent.Repaired)), cancellationToken).ConfigureAwait(false);
        }

        return new RepairReport(id, findings.Count == 0, findings);
    }

    private void MendFolder(TaskLock held, TaskRow row, IReadOnlyList<JournalEntry> journal, List<RepairFinding> findings)
    {
        var folder = _way.Folder(held.TaskId);
        if (Directory.Exists(folder.Root) || row.ProjectedSeq == 0)
        {
            return;
        }

        var data = journal.LastOrDefault(e => e.StateData is not null)?.StateData;
        _folders.Publish(held, folder, State(row.Task, data is null ? JsonMap.Empty : JsonMap.FromTrusted(data)), Expected(journal).Select(e => e.ToLogEntry()));
        findings.Add(new RepairFinding(".", "The task's folder is missing", "Made anew from the registry; the agents' data, free log lines, decisions and checkpoints in it are lost", null));
    }

    // A link is moved aside unread; the file it stood for is then missing, and made anew like any other.
    private void MendLinks(TaskLock held, List<RepairFinding> findings)
    {
        var folder = _way.Folder(held.TaskId);
        foreach (var path in (string[])[folder.State, folder.StateBackup, folder.Logs, folder.Decisions, folder.Checkpoints])
        {
            if (TaskFolder.IsLink(path))
            {
                findings.Add(new RepairFinding(Path.GetFileName(path), "It is a link, which could lead out of the task's folder", "Moved aside without following it", Keep(path)));
            }
        }
    }

    private void MendState(TaskLock held, TaskRow row, List<JournalEntry> pending, List<RepairFinding> findings)
    {
        var folder = _way.Folder(held.TaskId);
        if (!Directory.Exists(folder.Root))
        {
            return; // never projected: the projection that follows makes it
        }

        try
        {
            var state = StateLayer.Read(folder);
            if (pending.Count == 0 && (state.Version != row.Task.Version || state.Status != row.Task.Status))
            {
                _files.Replace(folder.State, StateLayer.Format(State(row.Task, state.Data)), folder.StateBackup);
                findings.Add(new RepairFinding("state.json", string.Create(CultureInfo.InvariantCulture, $"It tells of version {state.Version}, {state.Status}; the registry of {row.Task.Version}, {row.Task.Status}"), "Written anew with its data and the registry's status", folder.StateBackup));
            }
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.StateCorrupt)
        {
            var original = File.Exists(folder.State) ? Keep(folder.State) : null;
            var (data, from) = Backup(folder);
            _files.Replace(folder.State, StateLayer.Format(State(row.Task, data)), backup: null);
            findings.Add(new RepairFinding("state.json", e.Message, $"Written anew with {from} and the registry's status", original));
        }
    }

    private void MendLog(TaskLock held, IReadOnlyList<JournalEntry> journal, List<RepairFinding> findings)
    {
        var folder = _way.Folder(held.TaskId);
        var (entries, malformed) = LogLayer.Read(folder, null, _ => true, null);
        var expected = Expected(journal);
        var seen = new HashSet<long>();
        var wanted = expected.Select(e => e.Seq).ToHashSet();
        var good = entries.Where(e => e.Seq is not { } seq || (wanted.Contains(seq) && seen.Add(seq))).ToList();
        var missing = expected.Where(e => !seen.Contains(e.Seq)).ToList();
        var misplaced = good.Where(e => e.Seq is not null).Zip(good.Where(e => e.Seq is not null).Skip(1)).Count(pair => pair.First.Seq > pair.Second.Seq);
        if (malformed == 0 && missing.Count == 0 && misplaced == 0 && good.Count == entries.Count && File.Exists(folder.Logs))
        {
            return;
        }

        if (misplaced > 0)
        {
            missing = expected;
            good.RemoveAll(e => e.Seq is not null);
        }

        foreach (var entry in missing)
        {
            // Among the events by number, among free lines by time.
            var before = good.FindIndex(good.FindLastIndex(e => e.Seq < entry.Seq) + 1, e => e.Seq > entry.Seq || e.Timestamp > entry.At);
            good.Insert(before < 0 ? good.Count : before, entry.ToLogEntry());
        }

        var original = File.Exists(folder.Logs) ? Keep(folder.Logs) : null;
        _files.Replace(folder.Logs, LogLayer.Format(good).Span, backup: null);
        findings.Add(new RepairFinding(
            "logs.jsonl",
            string.Create(CultureInfo.InvariantCulture, $"{malformed} malformed lines, {expected.Count - seen.Count} lifecycle events missing, {misplaced} out of order, {entries.Count(e => e.Seq is not null) - seen.Count} that do not belong there"),
            "Written anew with every good line and the registry's events",
            original));
    }

    private void MendDecisions(TaskLock held, List<RepairFinding> findings)
    {
        var folder = _way.Folder(held.TaskId);
        try
        {
            _ = DecisionLayer.Read(folder);
            if (File.Exists(folder.Decisions))
            {
                return;
            }

            _files.Replace(folder.Decisions, DecisionLayer.Empty, backup: null);
            findings.Add(new RepairFinding("decisions.md", "The file is missing", "An empty one was made", null));
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.StateCorrupt)
        {
            var original = Keep(folder.Decisions);
            var decisions = DecisionText.Salvage(File.ReadAllText(original));
            _files.Replace(folder.Decisions, Encoding.UTF8.GetBytes(DecisionText.Header + string.Concat(decisions.Select(DecisionText.Format))), backup: null);
            findings.Add(new RepairFinding("decisions.md", e.Message, string.Create(CultureInfo.InvariantCulture, $"Written anew with the {decisions.Count} decisions that are whole"), original));
        }
    }

    private async Task CheckCheckpointsAsync(string id, List<RepairFinding> findings, CancellationToken cancellationToken)
    {
        var adopted = await _checkpoints.AdoptAsync(id, Report, cancellationToken).ConfigureAwait(false);
        if (adopted > 0)
        {
            findings.Add(new RepairFinding("checkpoints", string.Create(CultureInfo.InvariantCulture, $"{adopted} whole checkpoints were not in the registry"), "Entered", null));
        }

        foreach (var checkpoint in await _checkpoints.ListAsync(id, Report, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                CheckpointLayer.Verify(_way.Folder(id), checkpoint);
            }
            catch (OpenCodeException e) when (e.Error is OpenCodeError.StateCorrupt)
            {
                Report(e);
            }
        }

        void Report(OpenCodeException damage)
        {
            var root = _way.Folder(id).Root;
            var finding = new RepairFinding(damage.Target is { } path && Path.IsPathRooted(path) ? Path.GetRelativePath(root, path) : $"checkpoints/{damage.Target}", damage.Message, "Left as it is: no other copy exists. Remove the checkpoint when it is of no use", null);
            if (!findings.Contains(finding))
            {
                findings.Add(finding);
            }
        }
    }

    /// <summary>The lifecycle events that belong into the log: a restore brings back the log as it was at its checkpoint's moment, which may lie before another restore.</summary>
    private static List<JournalEntry> Expected(IReadOnlyList<JournalEntry> journal)
    {
        var expected = new List<JournalEntry>();
        // Backwards from the end: what comes before a restore counts only up to its checkpoint.
        var upTo = long.MaxValue;
        foreach (var entry in journal.Reverse().Where(e => e.Seq <= upTo))
        {
            expected.Add(entry);
            upTo = entry.Kind is TaskEvent.Restored && JsonMap.FromTrusted(entry.Data!)["checkpointSeq"] is long seq ? seq : upTo;
        }

        expected.Reverse();
        return expected;
    }

    private static (JsonMap Data, string From) Backup(TaskFolder folder)
    {
        try
        {
            var state = StateLayer.Parse(File.ReadAllBytes(folder.StateBackup), folder.TaskId, folder.StateBackup);
            return (state.Data, string.Create(CultureInfo.InvariantCulture, $"the data of state.json.bak (version {state.Version})"));
        }
        catch (Exception e) when (e is OpenCodeException or IOException)
        {
            return (JsonMap.Empty, "no data, because state.json.bak is not whole either,");
        }
    }

    private string Keep(string path)
    {
        var kept = string.Create(CultureInfo.InvariantCulture, $"{path}.damaged-{_clock.GetUtcNow().ToUnixTimeMilliseconds()}");
        var unique = kept;
        for (var n = 2; Path.Exists(unique); n++)
        {
            unique = string.Create(CultureInfo.InvariantCulture, $"{kept}-{n}");
        }

        try
        {
            if (Directory.Exists(path))
            {
                Directory.Move(path, unique); // a link to a folder moves as a folder does
            }
            else
            {
                File.Move(path, unique);
            }

            return unique;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Failed(unique, e);
        }
    }

    private static TaskState State(AgentTask task, JsonMap data) => new()
    {
        TaskId = task.Id,
        Status = task.Status,
        Data = data,
        Version = task.Version,
        LastUpdated = task.UpdatedAt,
        Checksum = "",
    };
}
