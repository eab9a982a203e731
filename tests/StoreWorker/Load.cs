using OpenCode.Common;
using OpenCode.Locks;
using OpenCode.Tasks;

namespace OpenCode.Tests.StoreWorker;

/// <summary>What many processes do at once.</summary>
internal static class Load
{
    /// <summary>Creates tasks one by one and prints each id once it is acknowledged.</summary>
    public static async Task<int> CreateAsync(string root, int count, string name)
    {
        await using var runtime = await OpenCodeRuntime.OpenAsync(Life.Configuration(root), CancellationToken.None);
        for (var i = 0; i < count; i++)
        {
            Console.Out.WriteLine((await runtime.Tasks.CreateAsync(new NewTask { Name = name }, CancellationToken.None)).Id);
        }

        return 0;
    }

    /// <summary>Changes a task in nobody's name, as a program would that knows nothing of agents: its priority, its state and its log.</summary>
    public static async Task<int> ChangeAsync(string root, string task)
    {
        await using var runtime = await OpenCodeRuntime.OpenAsync(Life.Configuration(root), CancellationToken.None);
        await runtime.Tasks.UpdateAsync(task, new TaskPatch { Priority = 7 }, Actor.Operator, CancellationToken.None);
        await runtime.Memory.ChangeStateAsync(task, JsonMap.Parse("""{"changed":true}"""), false, null, Actor.Operator, CancellationToken.None);
        await runtime.Memory.LogAsync(task, LogLevel.Info, "changed", null, Actor.Operator, CancellationToken.None);
        return 0;
    }

    /// <summary>For every id that comes in: tries to start the task, by lease or as the operator, and prints how that ended.</summary>
    public static async Task<int> RaceAsync(string root, string agent)
    {
        await using var runtime = await OpenCodeRuntime.OpenAsync(Life.Configuration(root), CancellationToken.None);
        Console.Out.WriteLine("ready");
        while (Console.In.ReadLine() is { Length: > 0 } line)
        {
            var (id, operated) = (line[1..], line[0] == '!');
            try
            {
                if (operated)
                {
                    await runtime.Tasks.StartAsync(id, Actor.Operator, CancellationToken.None);
                }
                else
                {
                    await runtime.Tasks.AttachAsync(id, new AttachRequest(agent), CancellationToken.None);
                }

                Console.Out.WriteLine("won");
            }
            catch (OpenCodeException e)
            {
                Console.Out.WriteLine($"{e.Error} {e.Message}");
            }
        }

        return 0;
    }

    /// <summary>Holds a lock, and when a line comes in changes a task under it and gives the lock back; prints how each of the two ended.</summary>
    public static async Task<int> BlockAsync(string root, string resource, string task)
    {
        await using var runtime = await OpenCodeRuntime.OpenAsync(Life.Configuration(root), CancellationToken.None);
        await using var held = await runtime.Locks.HoldAsync(new LockRequest([resource], "block") { Lease = TimeSpan.FromSeconds(3) }, CancellationToken.None);
        using (held.Enter())
        {
            Console.Out.WriteLine("held");
            Console.In.ReadLine();
            await SayAsync(() => runtime.Tasks.UpdateAsync(task, new TaskPatch { Priority = 7 }, Actor.Operator, CancellationToken.None));
        }

        await SayAsync(() => held.ReleaseAsync().AsTask());
        return 0;
    }

    private static async Task SayAsync(Func<Task> work)
    {
        try
        {
            await work();
            Console.Out.WriteLine("done");
        }
        catch (OpenCodeException e)
        {
            Console.Out.WriteLine(e.Error);
        }
    }

    /// <summary>Holds the store's gate until it is killed.</summary>
    public static async Task<int> HoldGateAsync(string root)
    {
        using var gate = new FileLock(Life.Configuration(root).DatabaseFile + ".gate");
        using var held = await gate.AcquireAsync(TimeSpan.FromSeconds(5), CancellationToken.None);
        Console.Out.WriteLine("held");
        Console.In.ReadLine();
        return 0;
    }
}
