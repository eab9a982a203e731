using System.Collections.Concurrent;

namespace OpenCode.Sandboxes.Docker;

/// <summary>
/// Looks whether an image has what keeps its container up. Only a container can be looked into, so it is made first; but under the engine's init one without <c>sleep</c> is
/// started without an error, and then is not there.
/// </summary>
internal sealed class SleepCheck(EngineConnection engine)
{
    // Where nearly every image has it; the rest of its PATH is looked up only when it is in neither.
    private static readonly string[] Usual = ["/bin", "/usr/bin"];

    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(10);

    private static readonly ConcurrentDictionary<(Uri?, string), bool> Seen = new();

    /// <param name="containerId">A container of the image that was not started.</param>
    /// <param name="image">The image.</param>
    /// <exception cref="OpenCodeException">SandboxFailed: it has none.</exception>
    public async Task RequireAsync(string containerId, string image)
    {
        // By name, not by what the name means today: what is not seen here is told by the first command.
        if (Seen.ContainsKey((engine.Endpoint.Address, image)))
        {
            return;
        }

        if (!await IsInAsync(containerId, Usual).ConfigureAwait(false) && !await IsInAsync(containerId, (await PathAsync(containerId).ConfigureAwait(false)).Except(Usual)).ConfigureAwait(false))
        {
            throw new OpenCodeException(OpenCodeError.SandboxFailed, $"The image '{image}' has no program 'sleep' in its PATH, which keeps a sandbox up between commands. Nothing was left of it. Take an image that has one.", image);
        }

        Seen[(engine.Endpoint.Address, image)] = true;
    }

    private async Task<bool> IsInAsync(string containerId, IEnumerable<string> folders)
    {
        var archive = new ContainerArchive(engine, containerId);
        foreach (var folder in folders)
        {
            if (await archive.LookAsync($"{folder}/sleep", CancellationToken.None).ConfigureAwait(false) is not null)
            {
                return true;
            }
        }

        return false;
    }

    private async Task<IEnumerable<string>> PathAsync(string containerId)
    {
        var container = await engine.CallAsync("inspect a container", LookLimit, (client, token) => client.Containers.InspectContainerAsync(containerId, token), CancellationToken.None).ConfigureAwait(false);
        // The engine's own where the image names none.
        var path = container.Config?.Env?.FirstOrDefault(static one => one.StartsWith("PATH=", StringComparison.Ordinal))?["PATH=".Length..] ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        return path.Split(':', StringSplitOptions.RemoveEmptyEntries).Where(static folder => folder.StartsWith('/')).Select(static folder => folder.TrimEnd('/'));
    }
}
