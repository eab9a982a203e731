namespace OpenCode;

/// <summary>What a task's sandbox can reach.</summary>
public enum SandboxNetwork
{
    /// <summary>Nothing but itself.</summary>
    None = 0,

    /// <summary>A network of the task's own without a way out; this machine has no address on it.</summary>
    Internal = 1,

    /// <summary>A network of the task's own with a way out, to no other task.</summary>
    Bridge = 2,
}
