namespace OpenCode.Bench;

/// <summary>Measures one thing and the raw limit of the same thing, in the same run.</summary>
internal abstract class Benchmark
{
    /// <summary>What a filter on the command line is compared with.</summary>
    public abstract string Name { get; }

    public abstract IAsyncEnumerable<BenchRow> RunAsync(BenchContext bench);
}
