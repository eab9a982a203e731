using OpenCode.Layers;

namespace OpenCode.Tests;

/// <summary>I2: the registry and the layers of a task tell one story.</summary>
public static class Agreement
{
    /// <summary>Throws, naming every disagreement, unless they do.</summary>
    public static async Task CheckAsync(OpenCodeRuntime runtime, string taskId, CancellationToken token)
    {
        var problems = new List<string>();
        var row = await runtime.Registry.FindAsync(taskId, token) ?? throw new InvalidOperationException($"there is no task {taskId}");
        var folder = new TaskFolder(runtime.Configuration.DataRoot, taskId);
        await runtime.Memory.StateAsync(taskId, token);
        row = await runtime.Registry.FindAsync(taskId, token) ?? row;
        Expect(row.ProjectedSeq == row.LastSeq, $"projected {row.ProjectedSeq} of {row.LastSeq} entries");

        var state = StateLayer.Read(folder);
        Expect(state.Status == row.Task.Status && state.Version == row.Task.Version, $"state.json says {state.Status} {state.Version}, the registry {row.Task.Status} {row.Task.Version}");

        var (entries, malformed) = LogLayer.Read(folder, null, _ => true, null);
        Expect(malformed == 0, $"{malformed} malformed log lines");
        var journal = await runtime.Registry.JournalAsync(row.Number, 0, token);
        Expect(journal.Select(e => e.Seq).SequenceEqual(Enumerable.Range(1, journal.Count).Select(n => (long)n)), "the journal's numbers have gaps");
        var expected = new List<long>();
        foreach (var entry in journal)
        {
            if (entry.Data is not null && JsonMap.FromTrusted(entry.Data).TryGetValue("checkpointSeq", out var seq) && seq is long kept)
            {
                expected.RemoveAll(s => s > kept);
            }

            expected.Add(entry.Seq);
        }

        var found = entries.Where(e => e.Seq is not null).Select(e => e.Seq!.Value).ToList();
        Expect(found.SequenceEqual(expected), $"lifecycle events in the log are {string.Join(',', found)}, by the journal {string.Join(',', expected)}");
        Expect(journal.All(e => e.StateData is null), "state data are kept twice");

        _ = DecisionLayer.Read(folder);
        foreach (var checkpoint in await runtime.Checkpoints.ListAsync(taskId, token))
        {
            CheckpointLayer.Verify(folder, checkpoint);
        }

        Expect(CheckpointLayer.Published(folder).Count == (await runtime.Registry.CheckpointsAsync(taskId, token)).Count, "the registry knows other checkpoints than the folder has");
        var leases = await runtime.Registry.LeasesAsync("task:" + taskId, token);
        Expect(row.Task.Agents.Order(StringComparer.Ordinal).SequenceEqual(leases.Select(l => l.Owner).Order(StringComparer.Ordinal)), "agents and leases differ");
        if (problems.Count > 0)
        {
            throw new InvalidOperationException($"Task {taskId}: {string.Join("; ", problems)}");
        }

        void Expect(bool holds, string problem)
        {
            if (!holds)
            {
                problems.Add(problem);
            }
        }
    }
}
