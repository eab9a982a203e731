namespace OpenCode.Tests.LockTaker.Histories;

/// <summary>What became of a request.</summary>
internal enum Outcome
{
    /// <summary>It was carried out, between question and answer.</summary>
    Done,

    /// <summary>It was refused, and nothing was changed.</summary>
    Refused,

    /// <summary>Nobody knows: the process died before the answer, or the answer does not say.</summary>
    Unknown,
}
