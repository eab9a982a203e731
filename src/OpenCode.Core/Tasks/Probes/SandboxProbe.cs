using OpenCode.Monitoring;

namespace OpenCode.Tasks.Probes;

/// <summary>Whether a container engine answers. Without one everything but running commands works, so that is no more than a warning.</summary>
/// <param name="endpoint">Names the engine's address.</param>
/// <param name="ping">Asks the engine; has a short limit of its own.</param>
internal sealed class SandboxProbe(Func<string> endpoint, Func<CancellationToken, Task> ping) : IHealthProbe
{
    public string Name => "Sandbox";

    public async ValueTask<HealthFinding> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ping(cancellationToken).ConfigureAwait(false);
            return HealthFinding.Healthy($"The container engine at '{endpoint()}' answers.");
        }
        catch (OpenCodeException e)
        {
            return HealthFinding.Warning(e.Message, "Start a Docker Engine, or name its endpoint with OPENCODE_DOCKER_SOCKET, when commands are to be run. Everything else works without one.");
        }
    }
}
