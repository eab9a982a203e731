using System.Diagnostics;

namespace OpenCode.Bench;

/// <summary>Rates of the product and of the limit, measured in turns: what else the machine does then falls on both alike.</summary>
/// <param name="Ours">The median of the product's rates, per second.</param>
/// <param name="Limit">The median of the limit's.</param>
/// <param name="Ratio">The median of the ratios of each round.</param>
internal readonly record struct Pairs(double Ours, double Limit, double Ratio)
{
    /// <summary>Measures in rounds, after rounds that only warm up.</summary>
    /// <param name="warm">Rounds that do not count.</param>
    /// <param name="rounds">Rounds that count.</param>
    /// <param name="ours">Does the work once and returns its rate.</param>
    /// <param name="limit">The same without the product.</param>
    public static async Task<Pairs> MeasureAsync(int warm, int rounds, Func<Task<double>> ours, Func<Task<double>> limit)
    {
        var rates = new List<(double Ours, double Limit)>();
        for (var round = 0; round < warm + rounds; round++)
        {
            // Who goes first changes, so that neither always finds the caches as the other left them.
            var first = round % 2 == 0;
            var one = await (first ? ours : limit)();
            GC.Collect();
            var two = await (first ? limit : ours)();
            GC.Collect();
            if (round >= warm)
            {
                rates.Add(first ? (one, two) : (two, one));
            }
        }

        return new Pairs(Median(rates.Select(r => r.Ours)), Median(rates.Select(r => r.Limit)), Median(rates.Select(r => r.Ours / r.Limit)));
    }

    /// <summary>How many a second.</summary>
    public static async Task<double> RateAsync(int count, Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return count / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>How many a second.</summary>
    public static double Rate(int count, Action work)
    {
        var started = Stopwatch.GetTimestamp();
        work();
        return count / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>The value that a part of the values is not above.</summary>
    public static double Quantile(IEnumerable<double> values, double part)
    {
        var sorted = values.Order().ToList();
        return sorted[Math.Min(sorted.Count - 1, (int)(part * sorted.Count))];
    }

    private static double Median(IEnumerable<double> values) => Quantile(values, 0.5);
}
