namespace OpenCode;

/// <summary>What one probe of a store's health found.</summary>
public sealed record HealthProbe
{
    /// <summary>The probe's name, such as <c>DiskSpace</c>.</summary>
    public required string Name { get; init; }

    /// <summary>How well it is.</summary>
    public HealthStatus Status { get; init; }

    /// <summary>What was found, in a sentence.</summary>
    public required string Message { get; init; }

    /// <summary>What to do about it; null when there is nothing to do.</summary>
    public string? Advice { get; init; }

    /// <summary>How long the look took.</summary>
    public TimeSpan Duration { get; init; }
}
