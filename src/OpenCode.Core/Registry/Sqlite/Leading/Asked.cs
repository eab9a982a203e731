namespace OpenCode.Registry.Sqlite.Leading;

/// <summary>What became of writes that another process was asked to make.</summary>
internal enum Asked
{
    /// <summary>They are executed, and the answers are there.</summary>
    Answered,

    /// <summary>They are not executed, and will not be.</summary>
    NotBegun,

    /// <summary>They were begun, and the leader died or was stopped before it answered: what became of them is known once the gate is had.</summary>
    Unknown,
}
