using System.Globalization;
using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Gives an agent the next task there is to do: the ready one of the highest priority, of those the oldest. Of any number of callers, one gets it.</summary>
[Cmdlet(VerbsCommunications.Receive, "OcTask", SupportsShouldProcess = true)]
[OutputType(typeof(TaskClaim))]
[Alias("rcoct")]
public sealed class ReceiveOcTaskCommand : OpenCodeCmdlet
{
    private const double LongestTimeout = 365 * 24 * 60 * 60;

    /// <summary>The agent.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AgentCompleter))]
    public string Agent { get; set; } = "";

    /// <summary>Only tasks of this owner.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(OwnerCompleter))]
    public string? Owner { get; set; }

    /// <summary>How long the lease lasts from the last call in the agent's name; left out, as configured.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? LeaseSeconds { get; set; }

    /// <summary>Waits until there is a task. Without it, nothing is written when none is ready.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>The longest wait in seconds; without it, it has no end. When there is no task by then, the error is LockTimeout.</summary>
    [Parameter]
    [ValidateRange(0.0, LongestTimeout)]
    public double? TimeoutSeconds { get; set; }

    /// <inheritdoc />
    private protected override object? Subject => Agent;

    /// <inheritdoc />
    private protected override void Process()
    {
        if (TimeoutSeconds is not null && !Wait)
        {
            Refuse("-TimeoutSeconds limits a wait, and none was asked for. Give -Wait too.");
        }

        var request = new ClaimRequest(Agent)
        {
            Owner = Owner,
            Lease = LeaseSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            Wait = !Wait ? TimeSpan.Zero : TimeoutSeconds is { } limit ? TimeSpan.FromSeconds(limit) : null,
        };
        var which = Owner is null ? "ready task" : $"ready task of '{Owner}'";
        if (!Approved($"Attach the agent '{Agent}' to the next {which}, and start it"))
        {
            return;
        }

        if (Await((runtime, token) => runtime.Tasks.ClaimAsync(request, token)) is { } claim)
        {
            Tell($"The agent '{Agent}' has the task '{claim.TaskId}' with fence {claim.Fence}.");
            Write(claim);
        }
        else if (Wait)
        {
            var waited = string.Create(CultureInfo.InvariantCulture, $"Waited {TimeoutSeconds:0.###} s in vain: no {which} came that could be given to '{Agent}'. Wait longer, or try again later.");
            WriteFailure(new OpenCodeException(OpenCodeError.LockTimeout, waited, Agent));
        }
        else
        {
            Tell($"There is no {which}.");
        }
    }
}
