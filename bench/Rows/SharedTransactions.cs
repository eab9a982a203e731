using System.Diagnostics;
using System.Globalization;
using OpenCode.Bench.Claims;
using OpenCode.Common;
using OpenCode.Configuration;
using OpenCode.Registry.Sqlite;

namespace OpenCode.Bench.Rows;

/// <summary>
/// Flows of one process that claim and complete as fast as they can: their writes go together into one transaction. It is what one writer that served many processes could come to at most,
/// since nothing is sent from process to process here. Beside it, one process with bare statements in a transaction for each write.
/// </summary>
internal sealed class SharedTransactions(bool full) : Benchmark
{
    private const int Flows = 32;

    public override string Name => string.Create(CultureInfo.InvariantCulture, $"shared transactions of {Flows} flows, {Synchronous}");

    private string Synchronous => full ? "full" : "normal";

    public override async IAsyncEnumerable<BenchRow> RunAsync(BenchContext bench)
    {
        var window = TimeSpan.FromSeconds(bench.Quick ? 0.7 : 3);
        await FlowsAsync(bench, TimeSpan.FromSeconds(1)); // compiles what is needed
        var (ours, limit) = (new List<double>(), new List<double>());
        for (var round = 0; round < bench.Count(3, 1); round++)
        {
            ours.Add(await FlowsAsync(bench, window));
            limit.Add(await BareAsync(bench, window));
        }

        var (rate, bare) = (Pairs.Quantile(ours, 0.5), Pairs.Quantile(limit, 0.5));
        yield return new BenchRow(string.Create(CultureInfo.InvariantCulture, $"claim+complete at the registry, {Flows} flows of one process, {Synchronous}"), $"{rate:N0} pairs/s", $"{bare:N0} pairs/s", $"{rate / bare:0.00}", "", null);
    }

    private async Task<double> FlowsAsync(BenchContext bench, TimeSpan window)
    {
        var configuration = await FilledAsync(bench, window);
        await using var registry = await SqliteRegistry.OpenAsync(configuration, TimeProvider.System, StepProbe.None, () => ProcessIdentity.Current, BenchContext.Token);
        var started = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, Flows).Select(flow => Task.Run(() => CountAsync(new RegistryClaimant(registry, string.Create(CultureInfo.InvariantCulture, $"worker-{flow}")), started, window))));
        return counts.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private async Task<double> BareAsync(BenchContext bench, TimeSpan window)
    {
        var configuration = await FilledAsync(bench, window);
        await using var claimant = new RawClaimant(configuration.DatabaseFile, "worker", full);
        var started = Stopwatch.GetTimestamp();
        return await CountAsync(claimant, started, window) / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private async Task<OpenCodeConfiguration> FilledAsync(BenchContext bench, TimeSpan window)
    {
        var configuration = bench.Store(full);
        await ClaimStore.FillAsync(configuration, (int)(12_000 * window.TotalSeconds));
        return configuration;
    }

    private static async Task<int> CountAsync(IClaimant claimant, long started, TimeSpan window)
    {
        var pairs = 0;
        while (Stopwatch.GetElapsedTime(started) < window)
        {
            await claimant.ClaimAsync();
            await claimant.CompleteAsync();
            pairs++;
        }

        return pairs;
    }
}
