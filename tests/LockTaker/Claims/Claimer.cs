using System.Globalization;
using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Registry;
using OpenCode.Tasks;

namespace OpenCode.Tests.LockTaker.Claims;

/// <summary>One process that claims and completes tasks until it is told that there are no more. What it was told, it writes down: a line a claim, a line a completion.</summary>
internal static class Claimer
{
    /// <summary>How long an agent may be silent. A process that is not scheduled for so long would lose a task, which the run would show as a second attempt.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    // So often it says how far it is.
    private const int Report = 50;

    public static async Task<int> RunAsync(string root, string log, string agent, bool door, DeadlySteps? deadly)
    {
        var configuration = new OpenCodeConfiguration { DataRoot = root, BusyTimeout = TimeSpan.FromMinutes(2) };
        // Before the store is opened: who opens it writes, may lead with that, and may be killed for it before it has claimed anything.
        await using var told = new StreamWriter(log) { AutoFlush = true };
        await using var runtime = await OpenCodeRuntime.OpenAsync(configuration, TimeProvider.System, deadly?.Probe() ?? StepProbe.None, () => ProcessIdentity.Current, null, CancellationToken.None);
        // The end of the input says that every task is made: what is not ready then, never will be.
        var all = Task.Run(() => Console.In.ReadToEnd());
        var done = 0;
        while (true)
        {
            var last = all.IsCompleted;
            if (await (door ? ThroughDoorAsync(runtime, told, agent) : ThroughTasksAsync(runtime, told, agent)))
            {
                if (++done % Report == 0)
                {
                    Console.Out.WriteLine(done.ToString(CultureInfo.InvariantCulture));
                }
            }
            else if (last)
            {
                Console.Out.WriteLine(done.ToString(CultureInfo.InvariantCulture));
                return 0;
            }
        }
    }

    private static async Task<bool> ThroughTasksAsync(OpenCodeRuntime runtime, TextWriter told, string agent)
    {
        if (await runtime.Tasks.ClaimAsync(new ClaimRequest(agent) { Lease = Lease, Wait = TimeSpan.FromSeconds(1) }, CancellationToken.None) is not { } claim)
        {
            return false;
        }

        told.WriteLine(string.Create(CultureInfo.InvariantCulture, $"claimed {claim.TaskId} {claim.Fence} {claim.Task.Attempt}"));
        await runtime.Tasks.CompleteAsync(claim.TaskId, claim.Fence, null, new Actor(agent, claim.Fence), CancellationToken.None);
        told.WriteLine($"completed {claim.TaskId}");
        return true;
    }

    // The same two writes that TaskService makes, without the files of the task.
    private static async Task<bool> ThroughDoorAsync(OpenCodeRuntime runtime, TextWriter told, string agent)
    {
        if ((await runtime.Registry.WriteAsync(new ClaimTask(new LeaseRequest(agent, Lease), null), CancellationToken.None)).Change is not { Lease: { } lease } change)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50));
            return false;
        }

        var id = change.Row.Task.Id;
        told.WriteLine(string.Create(CultureInfo.InvariantCulture, $"claimed {id} {lease.Fence} {change.Row.Task.Attempt}"));
        var complete = Transitions.Complete;
        var write = new TransitionTask(id, complete.Name, complete.From, complete.To, complete.Event, new Actor(agent, lease.Fence)) { Result = new TaskResult(true, lease.Fence, null, null) };
        await runtime.Registry.WriteAsync(write, CancellationToken.None);
        told.WriteLine($"completed {id}");
        return true;
    }
}
