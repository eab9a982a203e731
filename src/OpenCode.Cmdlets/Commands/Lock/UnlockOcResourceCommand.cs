using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Gives locks back; or takes everything from an owner that does not behave.</summary>
[Cmdlet(VerbsCommon.Unlock, "OcResource", SupportsShouldProcess = true, DefaultParameterSetName = OneSet)]
[OutputType(typeof(Lease))]
[Alias("ukocr")]
public sealed class UnlockOcResourceCommand : OpenCodeCmdlet
{
    private const string OneSet = "Resource";
    private const string AllSet = "All";

    private bool _yesToAll;
    private bool _noToAll;

    /// <summary>The resources.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = OneSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ResourceCompleter))]
    public string[] Resource { get; set; } = [];

    /// <summary>Who holds them.</summary>
    [Parameter(ParameterSetName = OneSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, ParameterSetName = AllSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(HolderCompleter))]
    public string Owner { get; set; } = TaskMemory.Operator;

    /// <summary>The fence of the lock; left out, whichever lock the owner has on the resource is given back.</summary>
    [Parameter(ParameterSetName = OneSet, ValueFromPipelineByPropertyName = true)]
    public long? Fence { get; set; }

    /// <summary>Takes from the owner everything it holds or waits for: locks, and as an agent its tasks.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AllSet)]
    public SwitchParameter All { get; set; }

    /// <summary>Writes the leases that were taken.</summary>
    [Parameter(ParameterSetName = AllSet)]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc />
    private protected override object? Subject => ParameterSetName == AllSet ? Owner : Resource is [var one] ? one : Resource;

    /// <inheritdoc />
    private protected override void Process()
    {
        if (ParameterSetName == AllSet)
        {
            TakeAll();
            return;
        }

        foreach (var resource in Resource)
        {
            if (Approved($"Release the lock '{resource}' of '{Owner}'"))
            {
                Release(resource);
            }
        }
    }

    private void Release(string resource)
    {
        try
        {
            Await((runtime, token) => runtime.Locks.ReleaseAsync(resource, Owner, Fence, token));
            Tell($"Released the lock '{resource}' of '{Owner}'.");
        }
        catch (OpenCodeException e)
        {
            // One that is gone does not keep the others from being given back.
            WriteError(ErrorRecords.From(e, resource));
        }
    }

    private void TakeAll()
    {
        var deed = $"Release every lock of '{Owner}', and detach it from all its tasks";
        if (!Approved(deed) || !IsCertain($"{deed}? Its next write is refused."))
        {
            return;
        }

        var taken = Await((runtime, token) => runtime.Locks.ReleaseOwnerAsync(Owner, token));
        Tell($"Took {taken.Count} leases from '{Owner}'.");
        if (PassThru)
        {
            WriteEach(taken);
        }
    }

    // The impact of a cmdlet is one for all it does, and giving one's own lock back is nothing to be asked for. So this one way is asked for
    // as a cmdlet of high impact asks: unless -Confirm or $ConfirmPreference said no, or has asked already.
    private bool IsCertain(string question) =>
        MyInvocation.BoundParameters.ContainsKey("Confirm")
        || !LanguagePrimitives.TryConvertTo<ConfirmImpact>(GetVariableValue("ConfirmPreference"), out var preference)
        || preference is not ConfirmImpact.High
        || ShouldContinue(question, "Confirm", ref _yesToAll, ref _noToAll);
}
