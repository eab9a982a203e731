namespace OpenCode.Tasks;

/// <summary>Fields of a task to change; null leaves a field as it is.</summary>
public sealed record TaskPatch
{
    /// <summary>The new name.</summary>
    public string? Name { get; init; }

    /// <summary>The new description.</summary>
    public string? Description { get; init; }

    /// <summary>The new owner.</summary>
    public string? Owner { get; init; }

    /// <summary>The new priority.</summary>
    public int? Priority { get; init; }

    /// <summary>Members put over the present metadata; one whose value is null is taken out.</summary>
    public JsonMap? Metadata { get; init; }

    /// <summary>The version the caller knows; when the task has another one, VersionConflict names both.</summary>
    public long? ExpectedVersion { get; init; }
}
