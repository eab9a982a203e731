namespace OpenCode.Tasks;

/// <summary>A task to be created.</summary>
public sealed record NewTask
{
    /// <summary>The name, 1 to 255 characters.</summary>
    public required string Name { get; init; }

    /// <summary>The id; null makes one.</summary>
    public string? Id { get; init; }

    /// <summary>What the task is about.</summary>
    public string? Description { get; init; }

    /// <summary>Whom it belongs to; null is <c>system</c>.</summary>
    public string? Owner { get; init; }

    /// <summary>How many agents at a time.</summary>
    public AgentTaskMode Mode { get; init; }

    /// <summary>Higher goes first.</summary>
    public int Priority { get; init; }

    /// <summary>The caller's own data, at most 256 KiB.</summary>
    public JsonMap? Metadata { get; init; }

    /// <summary>The tasks that have to be Completed before it can start: ids or unique beginnings of ids, or ids given in the same call.</summary>
    public IReadOnlyList<string> DependsOn { get; init; } = [];

    /// <summary>The container image of its sandbox; null takes the configured one.</summary>
    public string? Image { get; init; }
}
