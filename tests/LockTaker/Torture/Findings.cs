using OpenCode.Common;
using OpenCode.Locks;
using OpenCode.Registry;
using OpenCode.Tests.LockTaker.Histories;
using OpenCode.Tests.LockTaker.Taking;

namespace OpenCode.Tests.LockTaker.Torture;

/// <summary>Writes down what a store has when all is over: every task, its state, the grants in its journal, and the leases that are left.</summary>
internal sealed class Findings(OpenCodeRuntime runtime, HistoryLog log)
{
    public async Task WriteAsync(CancellationToken token)
    {
        var leases = log.New(EventKind.Found, Operation.FinalLeases);
        var seen = await runtime.Locks.ListAsync(new LockQuery(), token);
        log.Write(leases with { Leases = [.. seen.Select(Recorder.Seen)] });
        var tasks = new List<AgentTask>();
        await foreach (var task in runtime.Tasks.StreamAsync(new TaskQuery(), token))
        {
            tasks.Add(task);
        }

        foreach (var task in tasks)
        {
            var state = await runtime.Memory.StateAsync(task.Id, token);
            var found = log.New(EventKind.Found, Operation.FinalTask) with { Task = task.Id, Status = task.Status.ToString(), Attempt = task.Attempt, Key = task.Result is { Success: true, Data: string mark } ? mark : null };
            log.Write(found with { Values = Recorder.Members(task.Metadata, Names.Metadata).Concat(Recorder.Members(state.Data, Names.State)).ToDictionary(StringComparer.Ordinal) });
            var row = await runtime.Registry.FindAsync(task.Id, token);
            foreach (var entry in (await runtime.Registry.JournalAsync(row!.Number, 0, token)).Where(e => e.Kind is TaskEvent.Started or TaskEvent.Attached or TaskEvent.Resumed))
            {
                var data = JsonMap.Parse(entry.Data!);
                if (data.TryGetValue("fence", out var fence))
                {
                    log.Write(log.New(EventKind.Found, Operation.FinalEntry) with { Task = task.Id, Number = entry.Seq, Owner = (string?)data["agent"], Fence = (long)fence! });
                }
            }
        }
    }
}
