using System.Globalization;

namespace OpenCode.Monitoring;

/// <summary>Whether there is room where the data are.</summary>
/// <param name="dataRoot">The data root.</param>
internal sealed class DiskSpaceProbe(string dataRoot) : IHealthProbe
{
    private const double MiB = 1024 * 1024;
    private const double Scarce = 1024 * MiB;
    private const double TooLittle = 64 * MiB;

    public string Name => "DiskSpace";

    public ValueTask<HealthFinding> LookAsync(CancellationToken cancellationToken)
    {
        var free = DataDrive.Of(dataRoot).AvailableFreeSpace;
        var amount = free < Scarce ? (free / MiB).ToString("0 'MiB'", CultureInfo.InvariantCulture) : (free / MiB / 1024).ToString("0.0 'GiB'", CultureInfo.InvariantCulture);
        var text = $"{amount} are free where the data root '{dataRoot}' is.";
        return new(free < TooLittle ? HealthFinding.Unhealthy(text, "Free some space before the next change fails. Remove-OcTask removes tasks with their files.")
            : free < Scarce ? HealthFinding.Warning(text, "Free some space. Remove-OcTask removes tasks with their files.")
            : HealthFinding.Healthy(text));
    }
}
