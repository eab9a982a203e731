using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace OpenCode.Tasks.Isolation;

/// <summary>A listener of this process on this machine's own private addresses, which sandboxes try to reach. It answers nothing, and counts who came.</summary>
internal sealed class MachineListener : IAsyncDisposable
{
    private const int MostAddresses = 8;

    private readonly TcpListener _listener = new(IPAddress.Any, 0);
    private readonly CancellationTokenSource _over = new();
    private readonly Task _listening;
    private int _came;

    public MachineListener()
    {
        _listener.Start();
        _listening = ListenAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many connections came so far.</summary>
    public int Came => Volatile.Read(ref _came);

    /// <summary>This machine's private addresses, those given first; never one that is routed on the Internet.</summary>
    public static IReadOnlyList<IPAddress> Addresses(IEnumerable<IPAddress> first)
    {
        var own = NetworkInterface.GetAllNetworkInterfaces().Where(static one => one.OperationalStatus is not OperationalStatus.Down)
            .SelectMany(static one => one.GetIPProperties().UnicastAddresses).Select(static one => one.Address).Where(IsPrivate).ToHashSet();
        return [.. first.Where(own.Contains).Concat(own).Distinct().Take(MostAddresses)];
    }

    /// <summary>True when this machine itself reaches the listener at an address: then it means something that a sandbox does not.</summary>
    public async Task<bool> AnswersAtAsync(IPAddress address, TimeSpan limit, CancellationToken cancellationToken)
    {
        var before = Came;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(limit);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(address, Port, stop.Token).ConfigureAwait(false);
            // Closed by the listener once it was counted.
            await client.GetStream().ReadAsync(new byte[1], stop.Token).ConfigureAwait(false);
            return Came > before;
        }
        catch (Exception e) when (e is SocketException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync().ConfigureAwait(false);
        await _listening.ConfigureAwait(false);
        _listener.Dispose();
        _over.Dispose();
    }

    /// <summary>RFC 1918, and nothing else.</summary>
    internal static bool IsPrivate(IPAddress address) => address.AddressFamily is AddressFamily.InterNetwork && address.GetAddressBytes() is [10, ..] or [172, >= 16 and < 32, ..] or [192, 168, ..];

    private async Task ListenAsync()
    {
        while (!_over.IsCancellationRequested)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync(_over.Token).ConfigureAwait(false);
                Interlocked.Increment(ref _came);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // Who came was gone before it was taken, or the probe is over.
            }
        }
    }
}
