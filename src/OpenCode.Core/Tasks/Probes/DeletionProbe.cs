using System.Globalization;
using OpenCode.Monitoring;
using OpenCode.Registry;

namespace OpenCode.Tasks.Probes;

/// <summary>Whether something of deleted tasks is still there.</summary>
internal sealed class DeletionProbe(ITaskRegistry registry) : IHealthProbe
{
    public string Name => "Deletions";

    public async ValueTask<HealthFinding> LookAsync(CancellationToken cancellationToken)
    {
        var pending = (await registry.VitalsAsync(cancellationToken).ConfigureAwait(false)).PendingDeletions;
        return pending == 0
            ? HealthFinding.Healthy("No deletion is unfinished.")
            : HealthFinding.Warning(string.Create(CultureInfo.InvariantCulture, $"Of {pending} deleted tasks a sandbox or files are still there."), "It is tried again when the store is next opened; a sandbox needs its container engine for that.");
    }
}
