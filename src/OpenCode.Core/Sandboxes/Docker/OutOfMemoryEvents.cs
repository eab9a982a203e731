using System.Globalization;
using Docker.DotNet.Models;

namespace OpenCode.Sandboxes.Docker;

/// <summary>What the engine tells of a container's memory limit.</summary>
internal static class OutOfMemoryEvents
{
    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(10);

    /// <summary>Whether the kernel killed something in the container at its memory limit since then.</summary>
    public static async Task<bool> AnySinceAsync(EngineConnection engine, string containerId, DateTimeOffset began)
    {
        // The container's own flag stays up once it was raised; the engine's events say when.
        var found = new Found();
        var parameters = new ContainerEventsParameters
        {
            Since = UnixSeconds(began),
            Until = UnixSeconds(engine.Time.GetUtcNow()),
            Filters = new Dictionary<string, IDictionary<string, bool>> { ["container"] = new Dictionary<string, bool> { [containerId] = true }, ["event"] = new Dictionary<string, bool> { ["oom"] = true } },
        };
        await engine.CallAsync("tell what happened to a container", LookLimit, (client, token) => client.System.MonitorEventsAsync(parameters, found, token), CancellationToken.None).ConfigureAwait(false);
        return found.Any;
    }

    private static string UnixSeconds(DateTimeOffset at) => string.Create(CultureInfo.InvariantCulture, $"{at.ToUnixTimeMilliseconds() / 1000m:0.000}");

    private sealed class Found : IProgress<Message>
    {
        public bool Any { get; private set; }

        public void Report(Message value) => Any = true;
    }
}
