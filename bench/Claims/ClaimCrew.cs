using System.Diagnostics;
using System.Globalization;
using OpenCode.Configuration;

namespace OpenCode.Bench.Claims;

/// <summary>Processes that work on one store at the same time, round after round. Killed at the latest when this is disposed of.</summary>
internal sealed class ClaimCrew(int count) : IAsyncDisposable
{
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(0.5);

    private readonly List<ClaimProcess> _processes = [.. Enumerable.Range(0, count).Select(i => new ClaimProcess(i))];

    /// <summary>Has every process compile what it needs, each on a store of its own.</summary>
    public async Task WarmAsync(BenchContext bench, string kind)
    {
        foreach (var process in _processes)
        {
            await process.TellAsync($"warm {kind}\t{bench.Folder()}\tnormal");
        }

        foreach (var process in _processes)
        {
            await process.AnswerAsync();
        }
    }

    /// <summary>Measures.</summary>
    /// <param name="kind">What, see <see cref="ClaimHost"/>.</param>
    /// <param name="configuration">The store, with <paramref name="tasks"/> a second to claim; gone afterwards.</param>
    /// <param name="tasks">More than the processes can claim in a second: a round that runs out of tasks is not measured.</param>
    /// <param name="window">For how long, after a short time to settle.</param>
    public async Task<ClaimRound> RoundAsync(string kind, OpenCodeConfiguration configuration, int tasks, TimeSpan window)
    {
        await ClaimStore.FillAsync(configuration, (int)(tasks * (window + Settling).TotalSeconds));
        foreach (var process in _processes)
        {
            await process.TellAsync($"{kind}\t{configuration.DataRoot}\t{(configuration.SynchronousFull ? "full" : "normal")}");
        }

        foreach (var process in _processes)
        {
            await process.AnswerAsync();
        }

        var from = Stopwatch.GetTimestamp() + (long)(Settling.TotalSeconds * Stopwatch.Frequency);
        var until = from + (long)(window.TotalSeconds * Stopwatch.Frequency);
        foreach (var process in _processes)
        {
            await process.TellAsync(string.Create(CultureInfo.InvariantCulture, $"{from}\t{until}"));
        }

        var counts = await Task.WhenAll(_processes.Select(p => p.CountAsync()));
        float[] times = [.. counts.SelectMany(c => c.Times).Order()];
        return new ClaimRound(counts.Sum(c => c.Pairs) / window.TotalSeconds, counts.Min(c => c.Pairs), counts.Max(c => c.Pairs), times);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }
    }
}
