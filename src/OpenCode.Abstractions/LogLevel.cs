namespace OpenCode;

/// <summary>The weight of a log entry. In files: <c>debug</c>, <c>info</c>, <c>warn</c>, <c>error</c>.</summary>
public enum LogLevel
{
    /// <summary>Detail for whoever looks into a problem.</summary>
    Debug = 0,

    /// <summary>What happened, in the normal course of things.</summary>
    Info = 1,

    /// <summary>Something a person may want to look at.</summary>
    Warn = 2,

    /// <summary>Something went wrong.</summary>
    Error = 3,
}
