using OpenCode.Common;

namespace OpenCode.Sandboxes;

/// <summary>Something on the engine that carries a store's labels.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Id">The engine's id; the name for what has none.</param>
/// <param name="Name">Its name.</param>
/// <param name="TaskId">The task it is for, by its label; null when it names none.</param>
public sealed record SandboxObject(SandboxObjectKind Kind, string Id, string Name, string? TaskId)
{
    /// <summary>A container's state in the engine's word, such as <c>created</c>, <c>running</c>, <c>paused</c> or <c>exited</c>; empty for everything else.</summary>
    public string State { get; init; } = "";

    /// <summary>True for what a process made for a moment's use beside a task's sandbox, and removes itself.</summary>
    public bool IsHelper { get; init; }

    /// <summary>What it is in the pool, by its label; null for what was made for its task.</summary>
    public string? Pool { get; init; }

    /// <summary>When it was made (UTC); null when the engine does not say.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>The process that had it made, by its labels; null when they name none.</summary>
    public ProcessIdentity? Owner { get; init; }
}
