using OpenCode.Monitoring;

namespace OpenCode.Tasks.Probes;

/// <summary>Tells of a store that could not be opened.</summary>
internal sealed class UnopenedStoreProbe(OpenCodeException reason) : IHealthProbe
{
    public string Name => "Store";

    public ValueTask<HealthFinding> LookAsync(CancellationToken cancellationToken) =>
        new(HealthFinding.Unhealthy(reason.Message, "Get-OcConfiguration shows which store it is and where that was set."));
}
