using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using OpenCode.Sandboxes;

namespace OpenCode.Tasks.Isolation;

/// <summary>What a sandbox can reach: this machine, and another container. What came is seen where it would come to.</summary>
/// <param name="host">The engine.</param>
/// <param name="shell">The sandbox's shell.</param>
/// <param name="specification">What the sandbox is to be.</param>
internal sealed class NetworkProbes(ISandboxHost host, ProbeShell shell, SandboxSpecification specification)
{
    private const string NotReached = "not reached";
    private const string OtherName = "OtherContainer";
    private const string BombName = "ProcessBomb";
    private const string Held = "stopped at the limit";
    private const string NoProgram = "The image has no program that can connect: none of nc, bash and wget is there and works.";

    /// <summary>A connection that nobody refuses is given up after this.</summary>
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan BombLimit = TimeSpan.FromSeconds(10);

    /// <summary>Tries everything. What has to be made for it is gone when it ends, however it ends.</summary>
    /// <param name="containerId">The sandbox.</param>
    /// <param name="helperId">An id that no task has, for the other container.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<Finding> RunAsync(string containerId, string helperId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var gateways = (await host.AddressesAsync(containerId, cancellationToken).ConfigureAwait(false)).Select(static one => one.Gateway).OfType<IPAddress>().ToList();
        HelperContainer? other = null;
        var why = "";
        try
        {
            other = await HelperContainer.MakeAsync(host, specification, helperId, cancellationToken).ConfigureAwait(false);
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.SandboxFailed or OpenCodeError.LimitExceeded or OpenCodeError.NotSupported)
        {
            why = $"Another container could not be made: {e.Message}";
        }

        if (other is null)
        {
            yield return await MachineAsync(gateways, cancellationToken).ConfigureAwait(false);
            yield return Finding.NotTested(OtherName, NotReached, why);
            yield return Finding.NotTested(BombName, Held, why);
            yield break;
        }

        await using (other.ConfigureAwait(false))
        {
            // On the other's network this machine has a private address, whatever else it has.
            yield return await MachineAsync([.. gateways, .. other.Addresses.Select(static one => one.Gateway).OfType<IPAddress>()], cancellationToken).ConfigureAwait(false);
            yield return await ReachAsync(other, cancellationToken).ConfigureAwait(false);
            yield return await BombAsync(other, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A listener of this process, at private addresses of this machine.</summary>
    private async Task<Finding> MachineAsync(IReadOnlyList<IPAddress> gateways, CancellationToken cancellationToken)
    {
        const string Name = "Machine";
        var open = specification.Network is SandboxNetwork.Bridge;
        var expected = open ? "reached" : NotReached;
        if (host.Endpoint is var endpoint && Uri.TryCreate(endpoint, UriKind.Absolute, out var address) && address.Scheme is not ("unix" or "npipe") && !address.IsLoopback)
        {
            return Finding.NotTested(Name, expected, $"The engine at '{endpoint}' is on another machine, which this process cannot listen on.");
        }

        var listener = new MachineListener();
        await using (listener.ConfigureAwait(false))
        {
            var tried = new List<string>();
            foreach (var target in MachineListener.Addresses(gateways))
            {
                if (!await listener.AnswersAtAsync(target, ConnectLimit, cancellationToken).ConfigureAwait(false))
                {
                    continue;
                }

                var before = listener.Came;
                var output = await shell.RunAsync(Connection.Script(target, listener.Port), ConnectLimit, cancellationToken).ConfigureAwait(false);
                if (listener.Came > before)
                {
                    return Finding.Of(Name, expected, open, $"reached at {target}", $"A listener of this process, port {listener.Port.ToString(CultureInfo.InvariantCulture)}.");
                }

                if (!Connection.HasProgram(output.Text))
                {
                    return Finding.NotTested(Name, expected, NoProgram);
                }

                tried.Add(target.ToString());
            }

            return tried.Count == 0 ? Finding.NotTested(Name, expected, "This machine has no private address at which it reaches a listener of its own.")
                : open ? Finding.NotTested(Name, expected, $"This machine was not reached at {string.Join(", ", tried)}; its firewall may keep sandboxes away. No address beyond it is tried.")
                : Finding.Of(Name, expected, true, NotReached, $"A listener of this process at {string.Join(", ", tried)}, which this machine itself reaches.");
        }
    }

    /// <summary>Whether a limit of processes holds, in the other container: coming to it in the sandbox would fail what runs there.</summary>
    private static async Task<Finding> BombAsync(HelperContainer other, CancellationToken cancellationToken)
    {
        var bomb = await other.Shell.RunAsync(other.BombScript, BombLimit, cancellationToken).ConfigureAwait(false);
        var started = HelperContainer.Started(bomb.Text);
        return started == 0
            ? Finding.NotTested(BombName, Held, "The image has no shell, or no 'sleep', to start processes with.")
            : Finding.Of(BombName, Held, started <= other.ProcessLimit && bomb.ExitCode != 0, string.Create(CultureInfo.InvariantCulture, $"stopped after {started}"), string.Create(CultureInfo.InvariantCulture, $"Tried in another container of the same kind with a limit of {other.ProcessLimit}; {bomb.Said}"));
    }

    private async Task<Finding> ReachAsync(HelperContainer other, CancellationToken cancellationToken)
    {
        if (other.Addresses is not [var where, ..])
        {
            return Finding.NotTested(OtherName, NotReached, "The other container was given no address.");
        }

        var before = Connection.Segments((await other.Shell.RunAsync(Connection.Count, ConnectLimit, cancellationToken).ConfigureAwait(false)).Text, "now");
        var output = await shell.RunAsync(Connection.Script(where.Address, Connection.NobodysPort), ConnectLimit, cancellationToken).ConfigureAwait(false);
        var after = Connection.Segments((await other.Shell.RunAsync(Connection.Count, ConnectLimit, cancellationToken).ConfigureAwait(false)).Text, "now");
        return before is null || after is null ? Finding.NotTested(OtherName, NotReached, "The image has no shell, or its kernel does not count connections.")
            : after > before ? Finding.Of(OtherName, NotReached, false, $"reached at {where.Address}", "Seen in the other container.")
            : !Connection.HasProgram(output.Text) ? Finding.NotTested(OtherName, NotReached, NoProgram)
            : Finding.Of(OtherName, NotReached, true, NotReached, $"Another container of this store at {where.Address}, which counts what comes.");
    }
}
