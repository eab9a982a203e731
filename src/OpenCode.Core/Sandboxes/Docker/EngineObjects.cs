using System.Globalization;
using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace OpenCode.Sandboxes.Docker;

/// <summary>Everything of a store on the engine: found by its labels, and removed only with them.</summary>
internal sealed class EngineObjects(EngineConnection engine)
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(30);

    public async Task<IReadOnlyList<SandboxObject>> ListAsync(string storeId, string? taskId, string? pool, CancellationToken cancellationToken)
    {
        var filter = SandboxLabels.Filter(storeId, taskId, pool);
        var containers = await engine.CallAsync("list containers", CallLimit, (client, token) => client.Containers.ListContainersAsync(new ContainersListParameters { All = true, Filters = filter }, token), cancellationToken).ConfigureAwait(false);
        var networks = await engine.CallAsync("list networks", CallLimit, (client, token) => client.Networks.ListNetworksAsync(new NetworksListParameters { Filters = filter }, token), cancellationToken).ConfigureAwait(false);
        var volumes = await engine.CallAsync("list volumes", CallLimit, (client, token) => client.Volumes.ListAsync(new VolumesListParameters { Filters = filter }, token), cancellationToken).ConfigureAwait(false);
        var images = await engine.CallAsync("list images", CallLimit, (client, token) => client.Images.ListImagesAsync(new ImagesListParameters { Filters = filter }, token), cancellationToken).ConfigureAwait(false);
        return
        [
            .. containers.Select(static one => Of(SandboxObjectKind.Container, one.ID, one.Names?.FirstOrDefault()?.TrimStart('/') ?? one.ID, one.Labels, one.Created) with { State = one.State ?? "" }),
            .. networks.Select(static one => Of(SandboxObjectKind.Network, one.ID, one.Name, one.Labels, one.Created)),
            .. (volumes.Volumes ?? []).Select(static one => Of(SandboxObjectKind.Volume, one.Name, one.Name, one.Labels, DateTime.TryParse(one.CreatedAt, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var at) ? at : null)),
            .. images.Select(static one => Of(SandboxObjectKind.Image, one.ID, one.RepoTags?.FirstOrDefault() ?? one.ID, one.Labels, one.Created)),
        ];
    }

    /// <summary>Removes one, once it is seen to be the store's: a name may be somebody else's by now.</summary>
    /// <returns>False when it was left.</returns>
    public async Task<bool> RemoveAsync(SandboxObject target, string storeId, bool force, CancellationToken cancellationToken)
    {
        try
        {
            if (!SandboxLabels.AreOf(await LabelsAsync(target, cancellationToken).ConfigureAwait(false), storeId))
            {
                return false;
            }

            switch (target.Kind)
            {
                case SandboxObjectKind.Container when force:
                    await DockerSandboxHost.RemoveAsync(engine, target.Id, target.Name, cancellationToken).ConfigureAwait(false);
                    return true;
                case SandboxObjectKind.Container:
                    // Refused by the engine when somebody started it since we looked.
                    await engine.CallAsync("remove a container", CallLimit, (client, token) => client.Containers.RemoveContainerAsync(target.Id, new ContainerRemoveParameters { RemoveVolumes = true }, token), cancellationToken).ConfigureAwait(false);
                    return true;
                case SandboxObjectKind.Network:
                    return await TaskNetwork.RemoveAsync(engine, target.Id, cancellationToken).ConfigureAwait(false);
                case SandboxObjectKind.Volume:
                    await engine.CallAsync("remove a volume", CallLimit, (client, token) => client.Volumes.RemoveAsync(target.Id, false, token), cancellationToken).ConfigureAwait(false);
                    return true;
                case SandboxObjectKind.Image:
                    await engine.CallAsync("remove an image", CallLimit, (client, token) => client.Images.DeleteImageAsync(target.Id, new ImageDeleteParameters { Force = false }, token), cancellationToken).ConfigureAwait(false);
                    return true;
                default:
                    return false;
            }
        }
        catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return true; // gone is what was wanted
        }
        catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.Conflict)
        {
            return false; // in use
        }
    }

    private async Task<IDictionary<string, string>?> LabelsAsync(SandboxObject target, CancellationToken cancellationToken) => target.Kind switch
    {
        SandboxObjectKind.Container => (await engine.CallAsync("inspect a container", CallLimit, (client, token) => client.Containers.InspectContainerAsync(target.Id, token), cancellationToken).ConfigureAwait(false)).Config?.Labels,
        SandboxObjectKind.Network => (await engine.CallAsync("inspect a network", CallLimit, (client, token) => client.Networks.InspectNetworkAsync(target.Id, token), cancellationToken).ConfigureAwait(false)).Labels,
        SandboxObjectKind.Volume => (await engine.CallAsync("inspect a volume", CallLimit, (client, token) => client.Volumes.InspectAsync(target.Id, token), cancellationToken).ConfigureAwait(false)).Labels,
        SandboxObjectKind.Image => (await engine.CallAsync("inspect an image", CallLimit, (client, token) => client.Images.InspectImageAsync(target.Id, token), cancellationToken).ConfigureAwait(false)).Config?.Labels,
        _ => null,
    };

    private static SandboxObject Of(SandboxObjectKind kind, string id, string name, IDictionary<string, string>? labels, DateTime? created) =>
        new(kind, id, name, labels is not null && labels.TryGetValue(SandboxLabels.Task, out var task) ? task : null)
        {
            CreatedAt = created is { } at && at > DateTime.UnixEpoch ? new DateTimeOffset(DateTime.SpecifyKind(at, DateTimeKind.Utc)) : null,
            Owner = SandboxLabels.Owner(labels),
            Pool = labels is not null && labels.TryGetValue(SandboxLabels.Pool, out var pool) ? pool : null,
            IsHelper = SandboxLabels.AreOfHelper(labels),
        };
}
