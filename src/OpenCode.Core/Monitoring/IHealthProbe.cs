namespace OpenCode.Monitoring;

/// <summary>A cheap look at one thing: never at all tasks, and never longer than seconds.</summary>
public interface IHealthProbe
{
    /// <summary>Its name: one word.</summary>
    string Name { get; }

    /// <summary>Looks. A failure that is an <see cref="OpenCodeException"/>, or of the file system, is a finding too: the thing is unhealthy.</summary>
    ValueTask<HealthFinding> LookAsync(CancellationToken cancellationToken);
}
