using System.Globalization;

namespace OpenCode.Monitoring;

/// <summary>Whether interrupted work left folders behind that nobody has taken along since.</summary>
/// <param name="dataRoot">The data root.</param>
/// <param name="clock">The present.</param>
internal sealed class LeftoverProbe(string dataRoot, TimeProvider clock) : IHealthProbe
{
    // A younger one may be somebody's who is at work.
    private static readonly TimeSpan Old = TimeSpan.FromMinutes(10);

    public string Name => "Leftovers";

    public ValueTask<HealthFinding> LookAsync(CancellationToken cancellationToken)
    {
        var tasks = new DirectoryInfo(Path.Combine(dataRoot, "tasks"));
        if (!tasks.Exists)
        {
            return new(HealthFinding.Healthy("Nothing was left behind: there are no tasks' folders yet."));
        }

        var (unfinished, stray) = (0, 0);
        var before = clock.GetUtcNow().UtcDateTime - Old;
        foreach (var folder in tasks.EnumerateDirectories(".*"))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (folder.Name.StartsWith(".stray-", StringComparison.Ordinal))
            {
                stray++;
            }
            else if (folder.LastWriteTimeUtc < before)
            {
                unfinished++;
            }
        }

        return new(unfinished + stray == 0
            ? HealthFinding.Healthy("Nothing was left behind.")
            : HealthFinding.Warning(
                string.Create(CultureInfo.InvariantCulture, $"In '{tasks.FullName}' there are {unfinished} folders of interrupted work (.new-…, .gone-…) and {stray} that were set aside because they were nobody's (.stray-…)."),
                "Interrupted work goes on when the store is next opened or the task is next used. Look into what was set aside, and remove it when it is of no use."));
    }
}
