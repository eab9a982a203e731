namespace OpenCode.Monitoring;

/// <summary>Runs probes, one after the other, and gives each one's object as it comes.</summary>
/// <param name="probes">The probes, in the order in which they are shown.</param>
/// <param name="clock">The clock of durations and limits.</param>
public sealed class HealthCheck(IReadOnlyList<IHealthProbe> probes, TimeProvider clock)
{
    /// <summary>No probe may take longer.</summary>
    public static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(40);

    /// <summary>The probes' names.</summary>
    public IReadOnlyList<string> Names { get; } = [.. probes.Select(p => p.Name)];

    /// <summary>Runs the probes whose name is wanted. What is wrong is an object, never an exception.</summary>
    public async IAsyncEnumerable<HealthProbe> RunAsync(Func<string, bool> wanted, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var probe in probes.Where(p => wanted(p.Name)))
        {
            var started = clock.GetTimestamp();
            var finding = await LookAsync(probe, cancellationToken).ConfigureAwait(false);
            yield return new HealthProbe { Name = probe.Name, Status = finding.Status, Message = finding.Message, Advice = finding.Advice, Duration = clock.GetElapsedTime(started) };
        }
    }

    private async Task<HealthFinding> LookAsync(IHealthProbe probe, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(ProbeLimit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await probe.LookAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return HealthFinding.Unhealthy($"The probe did not end within its limit of {ProbeLimit.TotalSeconds:0} s.", "Look for a disk, a network share or a container engine that does not answer.");
        }
        catch (OpenCodeException e)
        {
            return HealthFinding.Unhealthy(e.Message, "Do what the message says, then look again.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return HealthFinding.Unhealthy($"It could not be looked at: {e.Message}", "Check the permissions of the data root.");
        }
    }
}
