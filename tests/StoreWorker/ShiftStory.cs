using OpenCode.Locks;

namespace OpenCode.Tests.StoreWorker;

/// <summary>What of a shift outlives its process, in one line without ids and times, so that two runs can be compared.</summary>
public static class ShiftStory
{
    private static readonly string[] Told = [Shift.Worker, Shift.Rogue, "late"];

    /// <summary>Tells it.</summary>
    public static async Task<string> TellAsync(OpenCodeRuntime runtime, CancellationToken token)
    {
        var parts = new List<string>();
        foreach (var id in Shift.TaskIds)
        {
            var task = await runtime.Tasks.GetAsync(id, token);
            var notes = await runtime.Tasks.AgentsAsync(null, id, token).Select(agent => agent.Progress).ToListAsync(token);
            var state = await runtime.Memory.StateAsync(id, token);
            // Whom others attach and detach is theirs.
            parts.Add($"{id}={task.Status} attempt={task.Attempt} agents={string.Join('+', task.Agents.Where(Told.Contains))} notes={string.Join('+', notes)} state={state.Status}{state.Data} result={task.Result?.Data}");
        }

        // A lock that is bound to a process ends with it, so it is nothing to be lost; those of others come and go in their own time.
        var locks = from lease in await runtime.Locks.ListAsync(new LockQuery(), token)
                    where lease.Detached && Told.Contains(lease.Owner) && !lease.Resource.StartsWith("task:", StringComparison.Ordinal)
                    select $"{lease.Resource}/{lease.Owner}{(lease.ExpiresAt > lease.AcquiredAt + (2 * Shift.Long) ? " renewed" : "")}";
        return string.Join(" | ", [.. parts, $"locks={string.Join('+', locks)}"]);
    }
}
