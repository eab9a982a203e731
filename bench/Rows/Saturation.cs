using System.Globalization;
using OpenCode.Bench.Claims;

namespace OpenCode.Bench.Rows;

/// <summary>
/// Processes that claim and complete tasks of one store as fast as they can, beside bare statements behind the same kind of gate, in turns.
/// </summary>
/// <param name="kind">What is measured: <c>registry</c> or <c>service</c>, see <see cref="ClaimHost"/>.</param>
/// <param name="count">How many processes.</param>
/// <param name="full">With synchronous=full.</param>
internal sealed class Saturation(string kind, int count, bool full) : Benchmark
{
    private const double LeastRate = 8_000;
    private const double LeastFairness = 0.5;
    private const double MostMilliseconds = 300;

    public override string Name => string.Create(CultureInfo.InvariantCulture, $"saturation of the {kind} by {count} processes, {Synchronous}");

    private string Synchronous => full ? "full" : "normal";

    private bool IsWanted => kind == "registry" && count == 32 && !full;

    /// <summary>What is wanted is measured with 32 processes; the others show where it comes from.</summary>
    public static IEnumerable<Benchmark> All(bool quick) =>
        from measured in ((string, bool)[])[("registry", false), ("registry", true), ("service", false)]
        from count in quick ? (int[])[2, 8] : [2, 8, 32]
        select new Saturation(measured.Item1, count, measured.Item2);

    public override async IAsyncEnumerable<BenchRow> RunAsync(BenchContext bench)
    {
        if (!RawFlock.IsThere)
        {
            yield return new BenchRow(Name, "not measured here", "", "", "", null);
            yield break;
        }

        var (ours, limit) = await MeasureAsync(bench);
        var what = string.Create(CultureInfo.InvariantCulture, $"{(kind == "registry" ? "claim+complete at the registry" : "claim+complete with layers")}, {count} processes, {Synchronous}");
        var (rate, raw) = (Pairs.Quantile(ours.Select(r => r.Rate), 0.5), Pairs.Quantile(limit.Select(r => r.Rate), 0.5));
        yield return new BenchRow(what, $"{rate:N0} pairs/s", $"{raw:N0} pairs/s", $"{rate / raw:0.00}", IsWanted ? $"≥ {LeastRate:N0}" : "", IsWanted ? rate >= LeastRate : null);
        var fairness = ours.Min(r => r.Fairness);
        yield return new BenchRow("  slowest : fastest process", Share(fairness), Share(limit.Min(r => r.Fairness)), "", IsWanted ? "≥ 1 : 2" : "", IsWanted ? fairness >= LeastFairness : null);
        var worst = ours.Max(r => r.Worst);
        yield return new BenchRow("  one write: p50 / p99 / worst, ms", Waits(ours), Waits(limit), "", IsWanted ? $"< {MostMilliseconds:0} ms" : "", IsWanted ? worst < MostMilliseconds : null);
    }

    private async Task<(List<ClaimRound> Ours, List<ClaimRound> Limit)> MeasureAsync(BenchContext bench)
    {
        var (ours, limit) = (new List<ClaimRound>(), new List<ClaimRound>());
        await using var crew = new ClaimCrew(count);
        await crew.WarmAsync(bench, kind);
        var window = TimeSpan.FromSeconds(bench.Quick ? 0.7 : 3);
        // Not measured: what a process does when the gate is not free is compiled only where processes meet, by each of them while it has the gate.
        await crew.RoundAsync(kind, bench.Store(full), kind == "service" ? 8_000 : 25_000, window);
        for (var round = 0; round < bench.Count(3, 1); round++)
        {
            ours.Add(await crew.RoundAsync(kind, bench.Store(full), kind == "service" ? 8_000 : 25_000, window));
            limit.Add(await crew.RoundAsync("raw", bench.Store(full), 25_000, window));
        }

        return (ours, limit);
    }

    private static string Share(double fairness) => fairness == 0 ? "0" : string.Create(CultureInfo.InvariantCulture, $"1 : {1 / fairness:0.0}");

    private static string Waits(List<ClaimRound> rounds) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Pairs.Quantile(rounds.Select(r => (double)r.Quantile(0.5)), 0.5):0.0#} / {Pairs.Quantile(rounds.Select(r => (double)r.Quantile(0.99)), 0.5):0.#} / {rounds.Max(r => r.Worst):0.#}");
}
