namespace OpenCode.Locks;

/// <summary>Which locks are wanted. What is not set does not narrow.</summary>
public sealed record LockQuery
{
    /// <summary>A pattern for the resource: <c>*</c>, <c>?</c> and sets in brackets.</summary>
    public string? Resource { get; init; }

    /// <summary>Those of this owner.</summary>
    public string? Owner { get; init; }

    /// <summary>Those of this mode.</summary>
    public LeaseMode? Mode { get; init; }
}
