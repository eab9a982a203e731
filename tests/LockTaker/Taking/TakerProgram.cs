using System.Globalization;
using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Tests.LockTaker.Histories;

namespace OpenCode.Tests.LockTaker.Taking;

/// <summary>One process of a run.</summary>
internal static class TakerProgram
{
    /// <summary>The settings of a store under torture: leases so short that they end all the time.</summary>
    public static OpenCodeConfiguration Configuration(string root) => new()
    {
        DataRoot = root,
        LockLease = TimeSpan.FromSeconds(1.5),
        AgentLease = TimeSpan.FromSeconds(2),
        BusyTimeout = TimeSpan.FromSeconds(60),
    };

    /// <summary>Takes, or only reads, until the input ends or says so.</summary>
    public static async Task<int> RunAsync(string root, string logs, string name, int seed, bool readsOnly)
    {
        var clock = new SkewedClock();
        using var log = new HistoryLog(Path.Combine(logs, name + ".history.jsonl"), name);
        using var stop = new CancellationTokenSource();
        await using var runtime = await OpenCodeRuntime.OpenAsync(Configuration(root), clock, TimeProvider.System, StepProbe.None, () => ProcessIdentity.Current, null, CancellationToken.None);
        Console.Out.WriteLine("ready");
        var listening = Task.Run(() => Listen(clock, stop));
        await new Taker(new Requests(runtime, new Recorder(log, name)), new Random(seed), name).RunAsync(readsOnly, stop.Token);
        await listening;
        log.Write(log.New(EventKind.Did, Operation.Leaves)); // what was bound to this process is free from here on
        return 0;
    }

    private static void Listen(SkewedClock clock, CancellationTokenSource stop)
    {
        // The end of the input is the end of whoever started this process: it does not outlive it.
        while (Console.In.ReadLine() is { } line && line != "stop")
        {
            clock.Jump(TimeSpan.FromMilliseconds(long.Parse(line, CultureInfo.InvariantCulture)));
        }

        stop.Cancel();
    }
}
