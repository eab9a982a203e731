using OpenCode.Configuration;

namespace OpenCode.Monitoring;

/// <summary>Whether something that a configuration file asks for does not count, because the file is not trusted.</summary>
/// <param name="configuration">The settings.</param>
internal sealed class ConfigurationProbe(OpenCodeConfiguration configuration) : IHealthProbe
{
    public string Name => "Configuration";

    public ValueTask<HealthFinding> LookAsync(CancellationToken cancellationToken)
    {
        ConfigurationEntry[] ignored = [.. configuration.Entries.Where(entry => entry.IsIgnored)];
        return new(ignored.Length == 0
            ? HealthFinding.Healthy("Every setting that was found counts.")
            : HealthFinding.Warning(
                $"A configuration file in the current location is not trusted, so its {string.Join(", ", ignored.Select(entry => $"'{entry.Key}'"))} does not count: {ignored[0].Source}.",
                "Read the file; if it is yours, approve it with Approve-OcConfiguration."));
    }
}
