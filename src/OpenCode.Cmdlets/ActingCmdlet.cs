using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Common;

namespace OpenCode.Cmdlets;

/// <summary>A cmdlet that changes a task, in an agent's name or in the operator's.</summary>
public abstract class ActingCmdlet : TaskCmdlet
{
    /// <summary>The agent in whose name the change is made; without it, the change is the operator's.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AgentCompleter))]
    public string? Agent { get; set; }

    /// <summary>The fence of the agent's lease; the change is refused when it is no longer the present one.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public long? Fence { get; set; }

    /// <summary>In whose name.</summary>
    private protected Actor Actor => Actor.Of(Agent, Fence);

    /// <summary>In whose name, for <see cref="OpenCodeCmdlet.Tell"/>.</summary>
    private protected string InWhoseName => Agent is null ? "as the operator" : $"in the name of agent '{Agent}'";
}
