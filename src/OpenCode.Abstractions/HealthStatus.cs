namespace OpenCode;

/// <summary>How well something is.</summary>
public enum HealthStatus
{
    /// <summary>As it should be.</summary>
    Healthy = 0,

    /// <summary>It works, and somebody should look at it.</summary>
    Warning = 1,

    /// <summary>It does not work.</summary>
    Unhealthy = 2,
}
