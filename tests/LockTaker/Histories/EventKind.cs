namespace OpenCode.Tests.LockTaker.Histories;

/// <summary>When an event was written.</summary>
internal enum EventKind
{
    /// <summary>Before a request was made.</summary>
    Ask,

    /// <summary>After its answer had come.</summary>
    Told,

    /// <summary>Something was done to a process.</summary>
    Did,

    /// <summary>Something was found in the registry when all processes had ended.</summary>
    Found,
}
