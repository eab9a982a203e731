namespace OpenCode;

/// <summary>What a probe of a sandbox's isolation found.</summary>
public enum IsolationOutcome
{
    /// <summary>It holds.</summary>
    Passed = 0,

    /// <summary>It does not hold.</summary>
    Failed = 1,

    /// <summary>It could not be tried; why is in the probe's detail. Nothing is known about it.</summary>
    NotTested = 2,
}
