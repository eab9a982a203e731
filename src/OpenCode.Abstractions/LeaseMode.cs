namespace OpenCode;

/// <summary>Whether a lease tolerates others on the same resource.</summary>
public enum LeaseMode
{
    /// <summary>One holder, and nobody beside it.</summary>
    Exclusive = 0,

    /// <summary>Many holders, never beside an exclusive one.</summary>
    Collaborative = 1,
}
