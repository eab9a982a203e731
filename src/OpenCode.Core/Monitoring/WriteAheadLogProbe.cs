using System.Globalization;
using OpenCode.Configuration;

namespace OpenCode.Monitoring;

/// <summary>Whether the database's write-ahead log is taken in. It grows without end while somebody reads without end.</summary>
/// <param name="configuration">Where the database is.</param>
internal sealed class WriteAheadLogProbe(OpenCodeConfiguration configuration) : IHealthProbe
{
    // Taken in at 10,000 pages of 4 KiB; four times as much says that something holds it off.
    private const long Long = 4L * 10_000 * 4096;

    public string Name => "WriteAheadLog";

    public ValueTask<HealthFinding> LookAsync(CancellationToken cancellationToken)
    {
        if (!configuration.EnableWal)
        {
            return new(HealthFinding.Healthy("No write-ahead log is used (database.enableWAL is false)."));
        }

        var file = new FileInfo(configuration.DatabaseFile + "-wal");
        var length = file.Exists ? file.Length : 0;
        var text = string.Create(CultureInfo.InvariantCulture, $"The write-ahead log has {length / 1024.0 / 1024.0:0.0} MiB.");
        return new(length < Long
            ? HealthFinding.Healthy(text)
            : HealthFinding.Warning(text, $"Look for a program that has '{configuration.DatabaseFile}' open and reads from it without an end; when it ends, the log is taken in."));
    }
}
