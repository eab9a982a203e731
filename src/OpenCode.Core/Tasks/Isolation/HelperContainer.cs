using System.Globalization;
using OpenCode.Sandboxes;

namespace OpenCode.Tasks.Isolation;

/// <summary>Another container, of a sandbox's own kind, for the time of a probe. It is labelled as its maker's helper: should the maker be killed, the next sweep of the store removes it.</summary>
internal sealed class HelperContainer : IAsyncDisposable
{
    /// <summary>The most processes it may have: few, so that coming to the limit costs this machine nothing.</summary>
    public const int MostProcesses = 64;

    private const string Mark = "@@opencode child ";
    private const int Beyond = 8;

    private readonly ISandboxHost _host;
    private readonly SandboxSpecification _specification;

    private HelperContainer(ISandboxHost host, SandboxSpecification specification, SandboxContainer container, IReadOnlyList<SandboxAddress> addresses)
    {
        _host = host;
        _specification = specification;
        Addresses = addresses;
        Shell = new ProbeShell(host, container.Id, specification.TaskId);
    }

    public IReadOnlyList<SandboxAddress> Addresses { get; }

    public ProbeShell Shell { get; }

    public int ProcessLimit => _specification.PidsLimit;

    /// <summary>Starts more processes than it may have; they end with it.</summary>
    public string BombScript => string.Create(CultureInfo.InvariantCulture, $"i=0; while [ $i -lt {ProcessLimit + Beyond} ]; do sleep 60 >/dev/null 2>&1 & i=$((i+1)); echo \"{Mark}$i\"; done");

    /// <summary>Makes one beside a sandbox: its image and its limits, a network with a way out, and nothing of its own on this machine.</summary>
    /// <param name="host">The engine.</param>
    /// <param name="beside">What the sandbox is.</param>
    /// <param name="id">An id that no task has.</param>
    /// <param name="cancellationToken">Ends it; nothing is left then.</param>
    public static async Task<HelperContainer> MakeAsync(ISandboxHost host, SandboxSpecification beside, string id, CancellationToken cancellationToken)
    {
        var specification = beside with
        {
            TaskId = id,
            Pool = null,
            // No name of its own: that of a container of the id.
            ContainerName = $"{beside.NamePrefix}-{beside.StoreId[..8]}-{id}",
            // The one that is reached most easily.
            Network = SandboxNetwork.Bridge,
            PidsLimit = Math.Min(beside.PidsLimit, MostProcesses),
            IsHelper = true,
        };
        var container = await host.EnsureAsync(specification, null, cancellationToken).ConfigureAwait(false);
        try
        {
            return new HelperContainer(host, specification, container, await host.AddressesAsync(container.Id, cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            await host.RemoveAsync(specification, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>How many processes the script started.</summary>
    public static int Started(string text) => text.Split('\n').Where(static line => line.StartsWith(Mark, StringComparison.Ordinal)).Select(static line => int.TryParse(line.AsSpan(Mark.Length), CultureInfo.InvariantCulture, out var number) ? number : 0).DefaultIfEmpty().Max();

    public async ValueTask DisposeAsync() => await _host.RemoveAsync(_specification, CancellationToken.None).ConfigureAwait(false);
}
