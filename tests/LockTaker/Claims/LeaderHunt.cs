using System.Globalization;
using OpenCode.Tests.LockTaker.Torture;

namespace OpenCode.Tests.LockTaker.Claims;

/// <summary>Finds the process that writes for the others, and kills it, or stops it for longer than anybody waits for it and lets it go on. Linux only.</summary>
/// <param name="database">The store's database.</param>
/// <param name="seed">Of the moments.</param>
internal sealed class LeaderHunt(string database, int seed)
{
    private static readonly TimeSpan Stopped = TimeSpan.FromSeconds(1.5);

    private readonly Random _random = new(seed);

    /// <summary>How many were killed, and how many stopped.</summary>
    public (int Killed, int Stopped) Found { get; private set; }

    /// <summary>Waits for a leader that may be killed, and for a moment of its work, and kills it or stops it in turn.</summary>
    /// <returns>The one that was killed, or null.</returns>
    public async Task<TakerProcess?> NextAsync(IReadOnlyList<TakerProcess> game, CancellationToken token)
    {
        while (true)
        {
            if (Leader() is { } leader && game.FirstOrDefault(p => p.Process.Id == leader) is { } found)
            {
                await Task.Delay(_random.Next(150), token);
                if (Found.Killed <= Found.Stopped)
                {
                    found.Process.Kill();
                    await found.Process.WaitForExitAsync(token);
                    Found = (Found.Killed + 1, Found.Stopped);
                    return found;
                }

                Signals.Stop(leader);
                await Task.Delay(Stopped, token);
                Signals.Continue(leader);
                Found = (Found.Killed, Found.Stopped + 1);
                return null;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), token);
        }
    }

    /// <summary>Who holds the seat, as the system says (proc_locks(5)).</summary>
    private int? Leader()
    {
        if (!File.Exists(database + ".leader.sock"))
        {
            return null;
        }

        var seat = Node(database + ".leader");
        foreach (var line in File.ReadLines("/proc/locks"))
        {
            // 1: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length >= 6 && fields[1] == "FLOCK" && fields[5].EndsWith(":" + seat, StringComparison.Ordinal))
            {
                return int.Parse(fields[4], CultureInfo.InvariantCulture);
            }
        }

        return null;
    }

    private static string Node(string path) => OpenCode.Common.Native.TryStat(path)?.File.Node.ToString(CultureInfo.InvariantCulture) ?? "none";
}
