namespace OpenCode.Registry;

/// <summary>What is done to a container. Written down before the engine is asked. The numbers are the database's.</summary>
public enum SandboxDeed
{
    /// <summary>It is made, or started again.</summary>
    Create = 1,

    /// <summary>It is paused.</summary>
    Suspend = 2,

    /// <summary>It goes on.</summary>
    Resume = 3,

    /// <summary>It is removed, with its network.</summary>
    Remove = 4,

    /// <summary>Its limits or its network are brought to what the row says.</summary>
    Configure = 5,
}
