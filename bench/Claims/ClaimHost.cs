using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using OpenCode.Configuration;
using OpenCode.Registry.Sqlite.Leading;

namespace OpenCode.Bench.Claims;

/// <summary>
/// A process that claims and completes as fast as it can. It is told each round on a line: what to measure, the store, synchronous=full or normal, and when to count
/// from and to, on the clock that all processes of a machine share. A round called "warm" has it compile what it needs, on a store of its own. It answers "ready" when it is open, begins at "go", and tells the pairs it made and how long each write took.
/// </summary>
internal static class ClaimHost
{
    public const string Verb = "--claim";

    public static async Task<int> RunAsync(string number)
    {
        var process = int.Parse(number, CultureInfo.InvariantCulture);
        while (await Console.In.ReadLineAsync() is { Length: > 0 } line)
        {
            if (line.Split('\t') is not [var kind, var root, var synchronous])
            {
                throw new InvalidOperationException($"'{line}' is not a round.");
            }

            if (kind.StartsWith("warm ", StringComparison.Ordinal))
            {
                await WarmAsync(kind["warm ".Length..], new OpenCodeConfiguration { DataRoot = root }, process);
                Console.WriteLine("warm");
                continue;
            }

            await using var claimant = await OpenAsync(kind, new OpenCodeConfiguration { DataRoot = root, SynchronousFull = synchronous == "full" }, process);
            Console.WriteLine("ready");
            var window = (await Console.In.ReadLineAsync())!.Split('\t').Select(t => long.Parse(t, CultureInfo.InvariantCulture)).ToArray();
            var (pairs, times) = await MeasureAsync(claimant, window[0], window[1]);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{pairs}\t{Convert.ToBase64String(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(times)))}"));
        }

        return 0;
    }

    private static async Task<IClaimant> OpenAsync(string kind, OpenCodeConfiguration configuration, int process)
    {
        var agent = string.Create(CultureInfo.InvariantCulture, $"worker-{process}");
        return kind switch
        {
            "raw" => new RawClaimant(configuration.DatabaseFile, agent, configuration.SynchronousFull),
            "registry" => await RegistryClaimant.OpenAsync(configuration, agent),
            "conflict" => await ConflictClaimant.OpenAsync(configuration, agent),
            "service" => await ServiceClaimant.OpenAsync(configuration, agent),
            _ => throw new InvalidOperationException($"There is nothing called '{kind}' to measure."),
        };
    }

    private static async Task WarmAsync(string kind, OpenCodeConfiguration configuration, int process)
    {
        const int Warm = 50;
        while (!WireWarmth.IsThere)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10)); // compiled on a thread of its own, as by a process that meets others for the first time
        }

        await ClaimStore.FillAsync(configuration, 2 * Warm);
        await using var holder = await ConflictClaimant.HoldAsync(configuration);
        foreach (var each in (string[])[kind, "raw"])
        {
            await using var claimant = await OpenAsync(each, configuration, process);
            for (var i = 0; i < Warm; i++)
            {
                await claimant.ClaimAsync();
                await claimant.CompleteAsync();
            }
        }
    }

    // A write counts when it began within the window, however long it took: the longest waits are those that end after it.
    private static async Task<(int Pairs, List<float> Times)> MeasureAsync(IClaimant claimant, long from, long until)
    {
        var times = new List<float>(100_000);
        var pairs = 0;
        while (true)
        {
            var began = Stopwatch.GetTimestamp();
            if (began >= until)
            {
                return (pairs, times);
            }

            await claimant.ClaimAsync();
            var claimed = Stopwatch.GetTimestamp();
            await claimant.CompleteAsync();
            var completed = Stopwatch.GetTimestamp();
            if (began >= from)
            {
                times.Add((float)Stopwatch.GetElapsedTime(began, claimed).TotalMilliseconds);
                times.Add((float)Stopwatch.GetElapsedTime(claimed, completed).TotalMilliseconds);
            }

            if (completed >= from && completed < until)
            {
                pairs++;
            }
        }
    }
}
