using System.Globalization;
using OpenCode.Monitoring;
using OpenCode.Registry;

namespace OpenCode.Tasks.Probes;

/// <summary>Whether every change is in its task's files.</summary>
internal sealed class ProjectionProbe(ITaskRegistry registry) : IHealthProbe
{
    public string Name => "Projection";

    public async ValueTask<HealthFinding> LookAsync(CancellationToken cancellationToken)
    {
        var vitals = await registry.VitalsAsync(cancellationToken).ConfigureAwait(false);
        if (vitals.Unprojected == 0)
        {
            return HealthFinding.Healthy("Every change is in its task's files.");
        }

        var first = await registry.UnprojectedAsync(3, cancellationToken).ConfigureAwait(false);
        return HealthFinding.Warning(
            string.Create(CultureInfo.InvariantCulture, $"The changes of {vitals.Unprojected} tasks are in the registry and not in their files yet: {string.Join(", ", first)}{(vitals.Unprojected > first.Count ? ", …" : "")}."),
            "They follow when the task is next used. One that stays so is damaged: Repair-OcTask tells why and mends it.");
    }
}
