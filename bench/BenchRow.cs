namespace OpenCode.Bench;

/// <summary>A line of the table.</summary>
/// <param name="What">What was done.</param>
/// <param name="Ours">What the product does, with its unit.</param>
/// <param name="Limit">What the machine does with nothing of ours in the way; empty when there is no such thing.</param>
/// <param name="Ratio">Ours in parts of the limit, or empty.</param>
/// <param name="Wanted">What the ratio or the figure should be; empty for lines that only explain.</param>
/// <param name="Holds">Whether it is so; null for lines that only explain.</param>
internal sealed record BenchRow(string What, string Ours, string Limit, string Ratio, string Wanted, bool? Holds)
{
    /// <summary>A line for rates that were measured in pairs.</summary>
    public static BenchRow Of(string what, Pairs pairs, string unit, double? wanted) => new(
        what,
        $"{pairs.Ours:N0} {unit}/s",
        $"{pairs.Limit:N0} {unit}/s",
        $"{pairs.Ratio:0.00}",
        wanted is { } least ? $"≥ {least:0.0}" : "",
        wanted is { } bound ? pairs.Ratio >= bound : null);
}
