namespace OpenCode.Registry;

/// <summary>How far a container of the pool is. The numbers are the database's.</summary>
public enum PoolState
{
    /// <summary>It is being made.</summary>
    Making = 0,

    /// <summary>A task may take it.</summary>
    Ready = 1,

    /// <summary>It is being removed, and no task gets it.</summary>
    Discarded = 2,
}
