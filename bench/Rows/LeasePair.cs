using System.Globalization;
using Microsoft.Data.Sqlite;
using OpenCode.Locks;

namespace OpenCode.Bench.Rows;

/// <summary>A durable lock, taken and given back with nobody else there, beside two bare transactions that each update a row of the same database.</summary>
internal sealed class LeasePair : Benchmark
{
    private const double Least = 0.7;

    public override string Name => "lease";

    public override async IAsyncEnumerable<BenchRow> RunAsync(BenchContext bench)
    {
        yield return await PairAsync(bench, full: false);
        yield return await PairAsync(bench, full: true);
        yield return await CheckAsync(bench);
    }

    private static async Task<BenchRow> PairAsync(BenchContext bench, bool full)
    {
        var configuration = bench.Store(full);
        await using var runtime = await OpenCodeRuntime.OpenAsync(configuration, BenchContext.Token);
        using var connection = new SqliteConnection($"Data Source={configuration.DatabaseFile};Pooling=False");
        await connection.OpenAsync();
        using (var command = connection.CreateCommand())
        {
            command.CommandText = $"PRAGMA synchronous = {(full ? "FULL" : "NORMAL")}; PRAGMA wal_autocheckpoint = 10000; INSERT INTO counters (name, value) VALUES ('bench', 0)";
            await command.ExecuteNonQueryAsync();
        }

        using var begin = new RawStatement(connection.Handle!, "BEGIN IMMEDIATE");
        using var update = new RawStatement(connection.Handle!, "UPDATE counters SET value = value + 1 WHERE name = 'bench'");
        using var commit = new RawStatement(connection.Handle!, "COMMIT");
        var count = bench.Count(full ? 500 : 3_000, 200);
        var request = new LockRequest(["deploy"], "bench");
        // Many rounds: the bare rate is one of two, one twice the other, presumably as a checkpoint of the log falls into the round or not. Warm ones, because what is compiled in steps is as it stays only after a second or two.
        var pairs = await Pairs.MeasureAsync(bench.Count(10, 2), bench.Count(31, 2), () => Pairs.RateAsync(count, OursAsync), () => Task.FromResult(Pairs.Rate(count, Raw)));
        return BenchRow.Of($"acquire and release of a lock, synchronous={(full ? "full" : "normal")}, nobody else", pairs, "pairs", full ? null : Least);

        async Task OursAsync()
        {
            for (var i = 0; i < count; i++)
            {
                var lease = (await runtime.Locks.AcquireAsync(request, BenchContext.Token))[0];
                await runtime.Locks.ReleaseAsync(lease.Resource, lease.Owner, lease.Fence, BenchContext.Token);
            }
        }

        void Raw()
        {
            for (var i = 0; i < 2 * count; i++)
            {
                begin.Run();
                update.Run();
                commit.Run();
            }
        }
    }

    private static async Task<BenchRow> CheckAsync(BenchContext bench)
    {
        await using var runtime = await OpenCodeRuntime.OpenAsync(bench.Store(), BenchContext.Token);
        await using var held = await runtime.Locks.HoldAsync(new LockRequest(["deploy"], "bench"), BenchContext.Token);
        var count = bench.Count(5_000_000, 200_000);
        var nanoseconds = 0.0;
        for (var round = 0; round < 3; round++) // the last one is of compiled code
        {
            nanoseconds = 1e9 / Pairs.Rate(count, () =>
            {
                for (var i = 0; i < count; i++)
                {
                    held.EnsureHeld();
                }
            });
        }

        return new BenchRow("check of a held lock in its process", string.Create(CultureInfo.InvariantCulture, $"{nanoseconds:0} ns"), "", "", "< 1,000 ns", nanoseconds < 1_000);
    }
}
