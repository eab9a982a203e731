using System.Globalization;
using OpenCode.Common;
using OpenCode.Locks;

namespace OpenCode.Tests.LockTaker.Taking;

/// <summary>One process with several who wait for the same lock.</summary>
internal static class Waiters
{
    /// <summary>Everybody waits for the lock, says that it was granted, and gives it back at once. After the first grant of all it goes on so, round and round, until the input ends.</summary>
    public static async Task<int> RunAsync(string root, string resource, string name, int count)
    {
        await using var runtime = await OpenCodeRuntime.OpenAsync(TakerProgram.Configuration(root), CancellationToken.None);
        Console.Out.WriteLine("ready");
        Console.In.ReadLine();
        var stop = Task.Run(() => Console.In.ReadToEnd());
        await Task.WhenAll(Enumerable.Range(0, count).Select(i => WaitAsync(runtime, resource, string.Create(CultureInfo.InvariantCulture, $"{name}-{i}"), stop)));
        return 0;
    }

    /// <summary>Holds a lock as a process of another place, until it is killed.</summary>
    /// <param name="root">The store.</param>
    /// <param name="resource">The lock.</param>
    /// <param name="owner">In whose name.</param>
    /// <param name="milliseconds">For how long.</param>
    /// <param name="host">The name of the host it is to be on; empty for this one.</param>
    /// <param name="boot">The boot it is to be of; empty for this one.</param>
    public static async Task<int> HoldAsync(string root, string resource, string owner, int milliseconds, string host, string boot)
    {
        var identity = Identity(host, boot);
        await using var runtime = await OpenCodeRuntime.OpenAsync(TakerProgram.Configuration(root), TimeProvider.System, StepProbe.None, () => identity, null, CancellationToken.None);
        var leases = await runtime.Locks.AcquireAsync(new LockRequest([resource], owner) { Lease = TimeSpan.FromMilliseconds(milliseconds), Wait = TimeSpan.Zero }, CancellationToken.None);
        Console.Out.WriteLine(leases[0].ExpiresAt!.Value.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
        Console.In.ReadLine();
        return 0;
    }

    /// <summary>This process, as if it ran elsewhere.</summary>
    public static ProcessIdentity Identity(string host, string boot)
    {
        var own = ProcessIdentity.Current;
        var started = boot.Length == 0 ? own.Started : boot + own.Started[own.Started.IndexOf('/', StringComparison.Ordinal)..];
        return own with { Host = host.Length == 0 ? own.Host : host, Started = started };
    }

    private static async Task WaitAsync(OpenCodeRuntime runtime, string resource, string owner, Task stop)
    {
        do
        {
            var leases = await runtime.Locks.AcquireAsync(new LockRequest([resource], owner) { Lease = TimeSpan.FromMinutes(5), Wait = TimeSpan.FromMinutes(5) }, CancellationToken.None);
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{owner} {leases[0].Fence}"));
            await runtime.Locks.ReleaseAsync(resource, owner, leases[0].Fence, CancellationToken.None);
        }
        while (!stop.IsCompleted);
    }
}
