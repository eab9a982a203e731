using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;

namespace OpenCode.Sandboxes.Docker;

/// <summary>
/// Subnets for networks of single tasks. The engine's own pools hold some thirty networks; these are 65,536 of 14 addresses each, in a range that few
/// networks use. Each name begins to look at a place of its own, so that many processes seldom want the same one at once; the engine refuses the second of two.
/// </summary>
internal static class SubnetPool
{
    /// <summary>10.192.0.0/12.</summary>
    private const uint First = 0x0AC0_0000;

    private const int Bits = 28;
    private const int Count = 1 << (Bits - 12);

    /// <summary>The subnets for a network, best first, without those that overlap with one in use.</summary>
    /// <param name="name">The network's name.</param>
    /// <param name="used">Subnets in use, as the engine writes them; what is no IPv4 subnet is passed over.</param>
    public static IEnumerable<string> Candidates(string name, IEnumerable<string?> used)
    {
        var taken = new bool[Count];
        foreach (var (from, to) in used.Concat(OfThisMachine()).Select(Range).OfType<(uint, uint)>())
        {
            for (var at = Math.Max(from, First); at <= to && at - First < (uint)Count << (32 - Bits); at = (at | 0xF) + 1)
            {
                taken[(at - First) >> (32 - Bits)] = true;
            }
        }

        var start = Hash(name);
        for (var i = 0; i < Count; i++)
        {
            var slot = (int)((start + (uint)i) % Count);
            if (!taken[slot])
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{Text(First + ((uint)slot << (32 - Bits)))}/{Bits}");
            }
        }
    }

    /// <summary>First and last address of a subnet; null for what is none of IPv4.</summary>
    internal static (uint From, uint To)? Range(string? subnet)
    {
        if (!IPNetwork.TryParse(subnet, out var network) || network.BaseAddress.AddressFamily != AddressFamily.InterNetwork)
        {
            return null;
        }

        var from = BinaryPrimitives.ReadUInt32BigEndian(network.BaseAddress.GetAddressBytes());
        return (from, from | (network.PrefixLength == 0 ? uint.MaxValue : (uint)((1UL << (32 - network.PrefixLength)) - 1)));
    }

    /// <summary>What this machine's own interfaces are in: an engine elsewhere has its own, and says no by itself.</summary>
    private static IEnumerable<string> OfThisMachine()
    {
        foreach (var address in NetworkInterface.GetAllNetworkInterfaces().SelectMany(static one => one.GetIPProperties().UnicastAddresses).Where(static one => one.Address.AddressFamily == AddressFamily.InterNetwork))
        {
            var bits = address.PrefixLength;
            var start = BinaryPrimitives.ReadUInt32BigEndian(address.Address.GetAddressBytes()) & (bits == 0 ? 0 : uint.MaxValue << (32 - bits));
            yield return string.Create(CultureInfo.InvariantCulture, $"{Text(start)}/{bits}");
        }
    }

    private static string Text(uint address) => string.Create(CultureInfo.InvariantCulture, $"{address >> 24}.{(address >> 16) & 255}.{(address >> 8) & 255}.{address & 255}");

    // FNV-1a: the same in every process, which string.GetHashCode is not.
    private static uint Hash(string name)
    {
        var hash = 2166136261u;
        foreach (var part in Encoding.UTF8.GetBytes(name))
        {
            hash = (hash ^ part) * 16777619u;
        }

        return hash ^ (hash >> 16);
    }
}
