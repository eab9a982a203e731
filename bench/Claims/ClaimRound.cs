namespace OpenCode.Bench.Claims;

/// <summary>What all processes of a round did together.</summary>
/// <param name="Rate">Pairs a second.</param>
/// <param name="Slowest">The pairs of the process that made the fewest.</param>
/// <param name="Fastest">The pairs of the one that made the most.</param>
/// <param name="Times">How long every write took, in milliseconds, sorted.</param>
internal sealed record ClaimRound(double Rate, int Slowest, int Fastest, float[] Times)
{
    /// <summary>The slowest process in parts of the fastest.</summary>
    public double Fairness => Slowest / (double)Math.Max(1, Fastest);

    public float Worst => Times[^1];

    public float Quantile(double part) => Times[Math.Min(Times.Length - 1, (int)(part * Times.Length))];
}
