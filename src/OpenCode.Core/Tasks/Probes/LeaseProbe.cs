using System.Globalization;
using OpenCode.Monitoring;
using OpenCode.Registry;

namespace OpenCode.Tasks.Probes;

/// <summary>Whether agents stopped giving signs of life without anybody having noticed.</summary>
internal sealed class LeaseProbe(ITaskRegistry registry) : IHealthProbe
{
    public string Name => "Leases";

    public async ValueTask<HealthFinding> LookAsync(CancellationToken cancellationToken)
    {
        var expired = (await registry.VitalsAsync(cancellationToken).ConfigureAwait(false)).ExpiredLeases;
        return expired == 0
            ? HealthFinding.Healthy("No lease is over its time.")
            : HealthFinding.Warning(string.Create(CultureInfo.InvariantCulture, $"{expired} leases are over their time: their holders gave no sign of life."), "Get-OcTask ends them and gives their tasks back; find out what became of the agents.");
    }
}
