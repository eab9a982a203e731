namespace OpenCode.Sandboxes;

/// <summary>A container on the engine.</summary>
/// <param name="Id">The engine's id.</param>
/// <param name="Name">Its name.</param>
/// <param name="TaskId">The task it is for, by its label.</param>
/// <param name="Running">True when commands can be run in it.</param>
/// <param name="Created">True when the call that returns this made it.</param>
public sealed record SandboxContainer(string Id, string Name, string TaskId, bool Running, bool Created)
{
    /// <summary>True when everything in it is frozen.</summary>
    public bool Paused { get; init; }

    /// <summary>True when the call that returns this started it.</summary>
    public bool Started { get; init; }

    /// <summary>True when it was made and never started.</summary>
    public bool Unused { get; init; }
}
