namespace OpenCode.Monitoring;

/// <summary>What a probe found.</summary>
/// <param name="Status">How well it is.</param>
/// <param name="Message">A sentence.</param>
/// <param name="Advice">What to do; null when there is nothing to do.</param>
public sealed record HealthFinding(HealthStatus Status, string Message, string? Advice)
{
    /// <summary>As it should be.</summary>
    public static HealthFinding Healthy(string message) => new(HealthStatus.Healthy, message, null);

    /// <summary>It works, and somebody should look at it.</summary>
    public static HealthFinding Warning(string message, string advice) => new(HealthStatus.Warning, message, advice);

    /// <summary>It does not work.</summary>
    public static HealthFinding Unhealthy(string message, string advice) => new(HealthStatus.Unhealthy, message, advice);
}
