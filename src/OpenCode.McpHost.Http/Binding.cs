using System.Net;
using System.Net.Sockets;

namespace OpenCode.McpHost.Http;

/// <summary>Where the host listens.</summary>
/// <param name="Name">As it was configured.</param>
/// <param name="Addresses">What that is.</param>
/// <param name="Port">The port; 0 takes a free one.</param>
internal sealed record Binding(string Name, IReadOnlyList<IPAddress> Addresses, int Port)
{
    /// <summary>The name by which clients know a server that is behind another; null when there is none.</summary>
    public string? PublicName { get; init; }

    /// <summary>True when nobody but this machine can reach it.</summary>
    public bool IsLoopback => Addresses.All(IPAddress.IsLoopback);

    /// <summary>Finds out what a configured name means.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: it is no name or address of this machine.</exception>
    public static Binding Of(string name, int port)
    {
        if (string.Equals(name, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            return new Binding("localhost", [IPAddress.Loopback], port);
        }

        if (IPAddress.TryParse(name.Trim('[', ']'), out var address))
        {
            return new Binding(name, [address], port);
        }

        try
        {
            return new Binding(name, Dns.GetHostAddresses(name), port);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"'{name}' is no name or address of this machine: {e.Message} Set mcp.host or --host to localhost, or to one of its addresses.", name, e);
        }
    }

    /// <summary>True for a host that requests may name: this machine's own, or one that was configured. A page of another site cannot make its name lead here.</summary>
    /// <param name="host">The host without its port.</param>
    /// <param name="local">The address the request came in by.</param>
    public bool IsOwn(string host, IPAddress? local)
    {
        var bare = host.Trim('[', ']');
        return string.Equals(bare, "localhost", StringComparison.OrdinalIgnoreCase)
            || string.Equals(bare, Name.Trim('[', ']'), StringComparison.OrdinalIgnoreCase)
            || string.Equals(bare, PublicName?.Trim('[', ']'), StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(bare, out var address) && (IPAddress.IsLoopback(address) || (!IsLoopback && local is not null && address.Equals(local.IsIPv4MappedToIPv6 ? local.MapToIPv4() : local))))
            || (!IsLoopback && string.Equals(bare, Dns.GetHostName(), StringComparison.OrdinalIgnoreCase));
    }
}
