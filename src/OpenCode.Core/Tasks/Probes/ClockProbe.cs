using System.Globalization;
using OpenCode.Monitoring;
using OpenCode.Registry;

namespace OpenCode.Tasks.Probes;

/// <summary>Whether the clock stands before what the store has seen already: leases would then end too late.</summary>
internal sealed class ClockProbe(ITaskRegistry registry, TimeProvider clock) : IHealthProbe
{
    private static readonly TimeSpan Tolerated = TimeSpan.FromSeconds(1);

    public string Name => "Clock";

    public async ValueTask<HealthFinding> LookAsync(CancellationToken cancellationToken)
    {
        var newest = (await registry.VitalsAsync(cancellationToken).ConfigureAwait(false)).Newest;
        var ahead = newest - clock.GetUtcNow();
        return ahead > Tolerated
            ? HealthFinding.Warning(string.Create(CultureInfo.InvariantCulture, $"The newest task was created {ahead.Value.TotalSeconds:0.#} s after this machine's present time."), "Set this machine's clock right, or that of the other machine that uses the store: leases end by it.")
            : HealthFinding.Healthy("No task is newer than this machine's clock.");
    }
}
