namespace OpenCode;

/// <summary>A point in time a task can go back to.</summary>
public sealed record Checkpoint
{
    /// <summary>The id, with prefix <c>checkpoint_</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The task it belongs to.</summary>
    public required string TaskId { get; init; }

    /// <summary>When it was taken (UTC, milliseconds).</summary>
    public DateTimeOffset Timestamp { get; init; }

    /// <summary>What it is for.</summary>
    public string? Description { get; init; }

    /// <summary>The checkpoint the task was last saved to or restored from before this one.</summary>
    public string? Parent { get; init; }

    /// <summary>What it holds.</summary>
    public IReadOnlyList<CheckpointFile> Files { get; init; } = [];

    /// <summary>The full path of its <c>manifest.json</c>.</summary>
    public required string Manifest { get; init; }

    /// <summary>The id, so that a checkpoint reads well inside a string and a list.</summary>
    public override string ToString() => Id;
}
