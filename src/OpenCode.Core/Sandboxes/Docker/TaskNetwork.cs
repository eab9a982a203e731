using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;
using OpenCode.Common;

namespace OpenCode.Sandboxes.Docker;

/// <summary>A task's own network. Every step may be repeated, by any process: what is there already is taken.</summary>
internal sealed class TaskNetwork(EngineConnection engine, SandboxSpecification specification, StepProbe probe)
{
    private const string NoNetwork = "none";
    private const int MostCollisions = 100;

    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(30);

    /// <summary>Connects a container, running or not, with exactly what its policy allows, and removes the task's other networks.</summary>
    public async Task ApplyAsync(string containerId, CancellationToken cancellationToken)
    {
        var wanted = specification.Network is SandboxNetwork.None ? null : await EnsureAsync(cancellationToken).ConfigureAwait(false);
        var container = await engine.CallAsync("inspect a container", CallLimit, (client, token) => client.Containers.InspectContainerAsync(containerId, token), cancellationToken).ConfigureAwait(false);
        var connected = container.NetworkSettings?.Networks ?? new Dictionary<string, EndpointSettings>();
        // "none" is a network to the engine, and excludes every other one.
        foreach (var (name, endpoint) in connected.Where(one => endpointId(one) != wanted && (wanted is not null || one.Key != NoNetwork)))
        {
            await DisconnectAsync(name == NoNetwork ? NoNetwork : endpointId(new(name, endpoint)), containerId, cancellationToken).ConfigureAwait(false);
        }

        if (wanted is not null && !connected.Any(one => endpointId(one) == wanted))
        {
            await ConnectAsync(wanted, containerId, cancellationToken).ConfigureAwait(false);
        }

        await RemoveOthersAsync(wanted, cancellationToken).ConfigureAwait(false);

        // A container that was never started knows a network by name only.
        static string endpointId(KeyValuePair<string, EndpointSettings> one) => string.IsNullOrEmpty(one.Value.NetworkID) ? one.Key : one.Value.NetworkID;
    }

    /// <summary>Removes the task's networks.</summary>
    public Task RemoveAsync(CancellationToken cancellationToken) => RemoveOthersAsync(null, cancellationToken);

    /// <summary>Removes one network; whatever is still connected is disconnected first.</summary>
    /// <returns>False when it is still in use.</returns>
    public static async Task<bool> RemoveAsync(EngineConnection engine, string id, CancellationToken cancellationToken)
    {
        try
        {
            await engine.CallAsync("remove a network", CallLimit, (client, token) => client.Networks.DeleteNetworkAsync(id, token), cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return true;
        }
        catch (OpenCodeException e) when (e.InnerException is DockerApiException { StatusCode: HttpStatusCode.Forbidden })
        {
            return false; // has active endpoints
        }
    }

    /// <summary>The engine's id of the network, made when it is not there.</summary>
    private async Task<string> EnsureAsync(CancellationToken cancellationToken)
    {
        if (await FindAsync(cancellationToken).ConfigureAwait(false) is { } present)
        {
            return present;
        }

        var all = await engine.CallAsync("list networks", CallLimit, static (client, token) => client.Networks.ListNetworksAsync(new NetworksListParameters(), token), cancellationToken).ConfigureAwait(false);
        var used = all.SelectMany(static network => network.IPAM?.Config ?? []).Select(static config => config.Subnet);
        OpenCodeException? refusal = null;
        foreach (var subnet in SubnetPool.Candidates(specification.NetworkName, used).Take(MostCollisions))
        {
            try
            {
                await engine.CallAsync("create a network", CallLimit, (client, token) => client.Networks.CreateNetworkAsync(Parameters(subnet), token), CancellationToken.None).ConfigureAwait(false);
                probe.At(Step.NetworkMade);
                // The engine lets two of one name be; both makers take the same one, and whoever applies the policy next removes the other.
                return await FindAsync(cancellationToken).ConfigureAwait(false) ?? throw new OpenCodeException(OpenCodeError.SandboxFailed, $"The network '{specification.NetworkName}' was removed while the sandbox was made. Try again.", specification.NetworkName);
            }
            catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.Conflict)
            {
                return await FindAsync(cancellationToken).ConfigureAwait(false) ?? throw EngineErrors.Refused("create the network", specification.NetworkName, e);
            }
            catch (OpenCodeException e) when (e.InnerException is DockerApiException { StatusCode: HttpStatusCode.Forbidden or HttpStatusCode.BadRequest } answer && answer.Message.Contains("overlap", StringComparison.OrdinalIgnoreCase))
            {
                refusal = e; // another process took this subnet since we looked, or the engine's machine uses it
            }
        }

        throw refusal ?? new OpenCodeException(OpenCodeError.LimitExceeded, "No subnet is free in 10.192.0.0/12 for another network. Remove sandboxes that are not needed any more.", specification.NetworkName);
    }

    private async Task<string?> FindAsync(CancellationToken cancellationToken) =>
        (await OwnAsync(cancellationToken).ConfigureAwait(false)).Where(network => network.Name == specification.NetworkName).OrderBy(static network => network.Created).ThenBy(static network => network.ID, StringComparer.Ordinal).FirstOrDefault()?.ID;

    private async Task<IList<NetworkResponse>> OwnAsync(CancellationToken cancellationToken) => await engine.CallAsync(
        "list networks",
        CallLimit,
        (client, token) => client.Networks.ListNetworksAsync(new NetworksListParameters { Filters = SandboxLabels.Filter(specification.StoreId, specification.TaskId) }, token),
        cancellationToken).ConfigureAwait(false);

    private NetworksCreateParameters Parameters(string subnet) => new()
    {
        Name = specification.NetworkName,
        Driver = "bridge",
        Internal = specification.Network is SandboxNetwork.Internal,
        Labels = SandboxLabels.For(specification),
        IPAM = new IPAM { Config = [new IPAMConfig { Subnet = subnet }] },
        // Without a way out there is no use for an address of this machine on it, through which its services could be reached.
        Options = specification.Network is SandboxNetwork.Internal ? new Dictionary<string, string> { ["com.docker.network.bridge.inhibit_ipv4"] = "true" } : new Dictionary<string, string>(),
    };

    private async Task ConnectAsync(string networkId, string containerId, CancellationToken cancellationToken)
    {
        try
        {
            await engine.CallAsync("connect a network", CallLimit, (client, token) => client.Networks.ConnectNetworkAsync(networkId, new NetworkConnectParameters { Container = containerId }, token), cancellationToken).ConfigureAwait(false);
        }
        catch (OpenCodeException e) when (e.InnerException is DockerApiException { StatusCode: HttpStatusCode.Forbidden } answer && answer.Message.Contains("already exists", StringComparison.Ordinal))
        {
            // Another process was faster.
        }
        catch (OpenCodeException e) when (e.InnerException is DockerApiException answer && answer.Message.Contains("invalid network mode", StringComparison.Ordinal))
        {
            throw new OpenCodeException(
                OpenCodeError.NotSupported,
                $"The engine at '{engine.Endpoint.Display}' gives no network to a container that was made without one, as Podman does not: sandboxes there have the network None. Use a Docker Engine for the networks Internal and Bridge.",
                specification.NetworkName,
                e);
        }
    }

    private async Task DisconnectAsync(string network, string containerId, CancellationToken cancellationToken)
    {
        try
        {
            await engine.CallAsync("disconnect a network", CallLimit, (client, token) => client.Networks.DisconnectNetworkAsync(network, new NetworkDisconnectParameters { Container = containerId, Force = true }, token), cancellationToken).ConfigureAwait(false);
        }
        catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            // It is not connected, or not there any more.
        }
        catch (OpenCodeException e) when (e.InnerException is DockerApiException { StatusCode: HttpStatusCode.Forbidden or HttpStatusCode.InternalServerError } answer && answer.Message.Contains("not connected", StringComparison.Ordinal))
        {
            // Another process was faster.
        }
    }

    private async Task RemoveOthersAsync(string? kept, CancellationToken cancellationToken)
    {
        foreach (var network in (await OwnAsync(cancellationToken).ConfigureAwait(false)).Where(network => network.ID != kept))
        {
            await RemoveAsync(engine, network.ID, cancellationToken).ConfigureAwait(false);
        }
    }
}
