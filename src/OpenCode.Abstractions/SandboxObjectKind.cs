namespace OpenCode;

/// <summary>What belongs to sandboxes: kinds of objects on the engine, and the registry's own notes of them.</summary>
public enum SandboxObjectKind
{
    /// <summary>A container.</summary>
    Container = 0,

    /// <summary>A network.</summary>
    Network = 1,

    /// <summary>A volume.</summary>
    Volume = 2,

    /// <summary>An image.</summary>
    Image = 3,

    /// <summary>A note in the registry of a container that is not there.</summary>
    Record = 4,
}
