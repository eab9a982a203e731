using System.Diagnostics;
using System.Globalization;
using OpenCode.Bench.Claims;
using OpenCode.Locks;

namespace OpenCode.Bench.Rows;

/// <summary>How soon a process knows that a lock is somebody else's, while others ask for it too as fast as they can; and the order in which waiters get one.</summary>
internal sealed class Conflicts : Benchmark
{
    private const int Waiters = 64;
    private const double MostMilliseconds = 5;

    public override string Name => "conflicts";

    public override async IAsyncEnumerable<BenchRow> RunAsync(BenchContext bench)
    {
        foreach (var count in bench.Quick ? (int[])[2, 8] : [2, 8, 32, 64])
        {
            await using var crew = new ClaimCrew(count);
            await crew.WarmAsync(bench, "conflict");
            var configuration = bench.Store();
            await using var holder = await ConflictClaimant.HoldAsync(configuration);
            var round = await crew.RoundAsync("conflict", configuration, 0, TimeSpan.FromSeconds(bench.Quick ? 0.7 : 3));
            var wanted = count == 2;
            yield return new BenchRow(
                string.Create(CultureInfo.InvariantCulture, $"a lock that is held: time to LockHeld, {count} processes ask, p50/p99"),
                string.Create(CultureInfo.InvariantCulture, $"{round.Quantile(0.5):0.000} / {round.Quantile(0.99):0.0} ms"),
                "",
                "",
                wanted ? $"p99 < {MostMilliseconds:0} ms" : "",
                wanted ? round.Quantile(0.99) < MostMilliseconds : null);
        }

        yield return await OrderAsync(bench);
    }

    private static async Task<BenchRow> OrderAsync(BenchContext bench)
    {
        await using var runtime = await OpenCodeRuntime.OpenAsync(bench.Store(), BenchContext.Token);
        var held = (await runtime.Locks.AcquireAsync(new LockRequest(["deploy"], "first"), BenchContext.Token))[0];
        var order = new List<int>();
        var times = new List<double>();
        var last = 0L;
        var waiters = new List<Task>();
        for (var i = 0; i < Waiters; i++)
        {
            waiters.Add(WaitAsync(i));
            // The next one comes when this one stands in the line.
            while ((await runtime.Tasks.StatisticAsync(0, BenchContext.Token)).Locks.Waiting <= i)
            {
                await Task.Yield();
            }
        }

        last = Stopwatch.GetTimestamp();
        await runtime.Locks.ReleaseAsync(held.Resource, held.Owner, held.Fence, BenchContext.Token);
        await Task.WhenAll(waiters);
        var late = order.Where((waiter, place) => waiter != place).Count();
        return new BenchRow(
            $"{Waiters} waiters get a lock in turn: out of order; handed on in, p50/p99",
            string.Create(CultureInfo.InvariantCulture, $"{late}; {Pairs.Quantile(times, 0.5):0.0} / {Pairs.Quantile(times, 0.99):0.0} ms"),
            "",
            "",
            "0",
            late == 0);

        async Task WaitAsync(int number)
        {
            var request = new LockRequest(["deploy"], string.Create(CultureInfo.InvariantCulture, $"waiter-{number}")) { Wait = TimeSpan.FromMinutes(5) };
            var lease = (await runtime.Locks.AcquireAsync(request, BenchContext.Token))[0];
            times.Add(Stopwatch.GetElapsedTime(last).TotalMilliseconds); // one at a time: it has the lock
            order.Add(number);
            last = Stopwatch.GetTimestamp();
            await runtime.Locks.ReleaseAsync(lease.Resource, lease.Owner, lease.Fence, BenchContext.Token);
        }
    }
}
