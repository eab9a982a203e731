using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Locks;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Takes locks on resources, all of them or none; or lengthens one that is held.</summary>
[Cmdlet(VerbsCommon.Lock, "OcResource", SupportsShouldProcess = true, DefaultParameterSetName = TakeSet)]
[OutputType(typeof(Lease))]
[Alias("lkocr")]
public sealed class LockOcResourceCommand : OpenCodeCmdlet
{
    private const string TakeSet = "Take";
    private const string RenewSet = "Renew";

    /// <summary>The resources: names that those who share them agree on.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = TakeSet)]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = RenewSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ResourceCompleter))]
    public string[] Resource { get; set; } = [];

    /// <summary>Who holds them. The same owner in two flows excludes itself.</summary>
    [Parameter(ParameterSetName = TakeSet)]
    [Parameter(ParameterSetName = RenewSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(HolderCompleter))]
    public string Owner { get; set; } = TaskMemory.Operator;

    /// <summary>Lets others have them at the same time, collaboratively too.</summary>
    [Parameter(ParameterSetName = TakeSet)]
    public SwitchParameter Collaborative { get; set; }

    /// <summary>How long the locks last unless renewed; left out, as configured, or, for one that is renewed, as it was asked for.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? LeaseSeconds { get; set; }

    /// <summary>How long to wait in the line for them; 0 fails at once. Left out, as configured.</summary>
    [Parameter(ParameterSetName = TakeSet)]
    [ValidateRange(0.0, int.MaxValue)]
    public double? WaitSeconds { get; set; }

    /// <summary>Makes locks that only time ends, and not the end of this process.</summary>
    [Parameter(ParameterSetName = TakeSet)]
    public SwitchParameter Detached { get; set; }

    /// <summary>Lengthens the lock. Its fence stays.</summary>
    [Parameter(Mandatory = true, ParameterSetName = RenewSet)]
    public SwitchParameter Renew { get; set; }

    /// <summary>The fence of the lock that is renewed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = RenewSet, ValueFromPipelineByPropertyName = true)]
    public long Fence { get; set; }

    /// <inheritdoc />
    private protected override object? Subject => Resource is [var one] ? one : Resource;

    private TimeSpan? Lease => LeaseSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <inheritdoc />
    private protected override void Process()
    {
        if (ParameterSetName == RenewSet)
        {
            Lengthen();
            return;
        }

        var request = new LockRequest(Resource, Owner)
        {
            Mode = Collaborative ? LeaseMode.Collaborative : LeaseMode.Exclusive,
            Lease = Lease,
            Wait = WaitSeconds is { } wait ? TimeSpan.FromSeconds(wait) : null,
            Detached = Detached,
        };
        if (Approved($"Lock {LockNames.Of(Resource)} for '{Owner}'"))
        {
            var leases = Await((runtime, token) => runtime.Locks.AcquireAsync(request, token));
            Tell($"Locked {LockNames.Of(Resource)} for '{Owner}' with fence {string.Join(", ", leases.Select(static lease => lease.Fence))}.");
            WriteEach(leases);
        }
    }

    private void Lengthen()
    {
        foreach (var resource in Resource)
        {
            if (!Approved($"Renew the lock '{resource}' of '{Owner}' with fence {Fence}"))
            {
                continue;
            }

            var lease = Await((runtime, token) => runtime.Locks.RenewAsync(resource, Owner, Fence, Lease, token));
            Tell($"Renewed the lock '{resource}' of '{Owner}' until {lease.ExpiresAt:u}.");
            Write(lease);
        }
    }
}
