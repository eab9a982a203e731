using System.Globalization;
using OpenCode.Monitoring;
using OpenCode.Registry;

namespace OpenCode.Tasks.Probes;

/// <summary>Whether the store can be written: one real write through the gate, in its own transaction.</summary>
internal sealed class StoreProbe(ITaskRegistry registry, string databaseFile, TimeProvider clock) : IHealthProbe
{
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);

    public string Name => "Store";

    public async ValueTask<HealthFinding> LookAsync(CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        await registry.WriteAsync(new ProveWrite(), cancellationToken).ConfigureAwait(false);
        var took = clock.GetElapsedTime(started);
        var text = string.Create(CultureInfo.InvariantCulture, $"The store '{registry.StoreId}' in '{databaseFile}' has schema {registry.Schema}; a write took {took.TotalMilliseconds:0.0} ms, waiting for other processes included.");
        return took < Slow
            ? HealthFinding.Healthy(text)
            : HealthFinding.Warning(text, $"Look for a process that holds '{databaseFile}.gate' for long, or for a slow disk.");
    }
}
