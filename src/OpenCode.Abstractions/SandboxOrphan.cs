namespace OpenCode;

/// <summary>Something of this store's sandboxes that belongs to nothing any more.</summary>
public sealed record SandboxOrphan
{
    /// <summary>What it is.</summary>
    public SandboxObjectKind Kind { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The engine's id; the name for what has none.</summary>
    public required string Id { get; init; }

    /// <summary>The task it was for, by its label or the registry.</summary>
    public string? TaskId { get; init; }

    /// <summary>Why nobody needs it, in a sentence.</summary>
    public required string Reason { get; init; }

    /// <summary>When it was made (UTC); null when the engine does not say.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>Kind and name, so that it reads well inside a string.</summary>
    public override string ToString() => $"{Kind} {Name}";
}
