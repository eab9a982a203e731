using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Locks;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Runs a script block while it holds locks: takes them, renews them in the background, and gives them back in any case.</summary>
/// <remarks>
/// The block runs in the flow of the locks: every change that cmdlets make in it is checked against them inside its own transaction, so that a block that
/// lost its lock, without knowing it yet, changes nothing any more.
/// </remarks>
[Cmdlet(VerbsOther.Use, "OcLock", SupportsShouldProcess = true)]
[OutputType(typeof(object))]
[Alias("uocl")]
public sealed class UseOcLockCommand : OpenCodeCmdlet
{
    /// <summary>The resources: all of them are taken, or none.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ResourceCompleter))]
    public string[] Resource { get; set; } = [];

    /// <summary>What runs. It is given the lease, or the leases in order of their resources.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    public ScriptBlock ScriptBlock { get; set; } = null!;

    /// <summary>Who holds them. The same owner in two flows excludes itself.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(HolderCompleter))]
    public string Owner { get; set; } = TaskMemory.Operator;

    /// <summary>Lets others have them at the same time, collaboratively too.</summary>
    [Parameter]
    public SwitchParameter Collaborative { get; set; }

    /// <summary>How long the locks outlast this process's last renewal; left out, as configured.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? LeaseSeconds { get; set; }

    /// <summary>How long to wait in the line for them; 0 fails at once. Left out, as configured.</summary>
    [Parameter]
    [ValidateRange(0.0, int.MaxValue)]
    public double? WaitSeconds { get; set; }

    /// <inheritdoc />
    private protected override object? Subject => Resource is [var one] ? one : Resource;

    /// <inheritdoc />
    private protected override void Process()
    {
        var request = new LockRequest(Resource, Owner)
        {
            Mode = Collaborative ? LeaseMode.Collaborative : LeaseMode.Exclusive,
            Lease = LeaseSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            Wait = WaitSeconds is { } wait ? TimeSpan.FromSeconds(wait) : null,
        };
        if (!Approved($"Lock {LockNames.Of(Resource)} for '{Owner}', and run the script block"))
        {
            return;
        }

        Await(async (runtime, feed, token) =>
        {
            var held = await runtime.Locks.HoldAsync(request, token).ConfigureAwait(false);
            await using (held.ConfigureAwait(false))
            {
                using (held.Enter())
                {
                    feed.Verbose($"Locked {LockNames.Of(Resource)} for '{Owner}'.");
                    await feed.CallAsync(_ => RunScript(ScriptBlock, Argument(held.Leases), streams: true), token).ConfigureAwait(false);
                }

                // What came to its end without its lock is told, also when it changed nothing by our cmdlets.
                await held.ReleaseAsync().ConfigureAwait(false);
                return true;
            }
        });
    }

    private static object Argument(IReadOnlyList<Lease> leases) => leases is [var one] ? one : leases.ToArray();
}
