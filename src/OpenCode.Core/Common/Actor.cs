namespace OpenCode.Common;

/// <summary>In whose name a change is made.</summary>
/// <param name="Agent">The agent; null for the operator.</param>
/// <param name="Fence">The fence the agent knows; null when it relies on its present lease alone.</param>
public readonly record struct Actor(string? Agent, long? Fence)
{
    /// <summary>The hook of the changed task from which the operator's change is made. The change is part of the one the hook runs for, so it moves no fence on.</summary>
    public string? Hook { get; init; }

    /// <summary>Nobody's name: the person or program that runs the store.</summary>
    public static Actor Operator => default;

    /// <summary>An agent, checked against its present lease.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: not an agent's id, or a fence without an agent.</exception>
    public static Actor Of(string? agent, long? fence = null)
    {
        if (agent is null)
        {
            return fence is null ? Operator : throw new OpenCodeException(OpenCodeError.InvalidArgument, "A fence was given without an agent. Name the agent that holds the lease.");
        }

        return new Actor(Input.Agent(agent), fence);
    }
}
