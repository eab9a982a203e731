using System.Collections.Concurrent;
using OpenCode.Common;
using OpenCode.Registry;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Tasks;

public sealed class ConcurrencyTests
{
    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task Mixed_work_of_two_runtimes_on_one_store_leaves_every_task_in_agreement()
    {
        await using var store = await TestStore.OpenAsync(c => c with { BusyTimeout = TimeSpan.FromSeconds(60) });
        await using var second = await store.AgainAsync();
        OpenCodeRuntime[] runtimes = [store.Runtime, second];
        var ids = (await store.Runtime.Tasks.CreateManyAsync([.. Enumerable.Range(0, 50).Select(i => new NewTask { Name = "t", Id = $"task-{i:d2}", Mode = (AgentTaskMode)(i % 2) })], Token)).Select(t => t.Id).ToList();
        var written = new ConcurrentBag<(string Task, string Message)>();
        var deleted = new ConcurrentBag<string>();
        var unexpected = new ConcurrentBag<Exception>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 16), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Token }, async (worker, _) =>
        {
            var random = new Random(worker);
            var runtime = runtimes[worker % 2];
            var agent = Actor.Of($"w{worker}");
            for (var i = 0; i < 60; i++)
            {
                var id = ids[random.Next(ids.Count)];
                try
                {
                    switch (random.Next(14))
                    {
                        case 0: await runtime.Tasks.AttachAsync(id, new AttachRequest(agent.Agent!) { Lease = TimeSpan.FromSeconds(1 + random.Next(3)) }, Token); break;
                        case 1: await runtime.Tasks.DetachAsync(id, agent.Agent!, null, Token); break;
                        case 2: await runtime.Tasks.CompleteAsync(id, i, null, random.Next(2) == 0 ? agent : Actor.Operator, Token); break;
                        case 3: await runtime.Tasks.FailAsync(id, "x", null, null, Actor.Operator, Token); break;
                        case 4: await runtime.Tasks.ResumeAsync(new ResumeRequest { Task = id, Agent = random.Next(2) == 0 ? agent.Agent : null }, Token); break;
                        case 5 or 6:
                            var message = $"{worker}/{i}";
                            await runtime.Memory.LogAsync(id, LogLevel.Info, message, null, Actor.Operator, Token);
                            written.Add((id, message));
                            break;
                        case 7: await runtime.Memory.DecideAsync(id, new NewDecision(TaskMemory.Operator, $"{worker}/{i}"), null, Token); break;
                        case 8: await runtime.Memory.ChangeStateAsync(id, JsonMap.From(new Dictionary<string, int> { [$"w{worker}"] = i }), false, null, Actor.Operator, Token); break;
                        case 9: await runtime.Tasks.UpdateAsync(id, new TaskPatch { Priority = i }, Actor.Operator, Token); break;
                        case 10: await runtime.Checkpoints.CreateAsync(id, null, Actor.Operator, Token); break;
                        case 11 when i % 7 == 0:
                            await runtime.Tasks.DeleteAsync(id, force: true, Token);
                            deleted.Add(id);
                            await runtime.Tasks.CreateAsync(new NewTask { Name = "again", Id = id }, Token);
                            break;
                        case 12: store.Clock.Advance(TimeSpan.FromMilliseconds(700)); break;
                        default: await runtime.Tasks.ListAsync(new TaskQuery { First = 5 }, Token); break;
                    }
                }
                catch (OpenCodeException e) when (e.Error is OpenCodeError.InvalidTransition or OpenCodeError.LockHeld or OpenCodeError.AgentNotAttached or OpenCodeError.LeaseLost or OpenCodeError.TaskNotFound or OpenCodeError.TaskExists)
                {
                    // What the rules may answer; anything else is a defect.
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    unexpected.Add(e);
                }
            }
        });
        Assert.Empty(unexpected);
        await store.Runtime.Tasks.ListAsync(new TaskQuery(), Token); // ends leases whose time is up
        foreach (var id in ids)
        {
            await Agreement.CheckAsync(second, id, Token);
            if (!deleted.Contains(id))
            {
                var log = (await second.Memory.HistoryAsync(id, new LogQuery(), Token)).Entries.Select(e => e.Message).ToHashSet();
                Assert.All(written.Where(w => w.Task == id), w => Assert.Contains(w.Message, log));
            }
        }
    }
}
