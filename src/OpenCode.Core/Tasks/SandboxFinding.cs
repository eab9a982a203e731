using OpenCode.Registry;
using OpenCode.Sandboxes;

namespace OpenCode.Tasks;

/// <summary>What registry and engine do not agree on, and which way out of it is the right one.</summary>
/// <param name="Kind">The way out.</param>
/// <param name="Object">What is on the engine; null for nothing.</param>
/// <param name="Row">What the registry has; null for nothing.</param>
/// <param name="Reason">Why, in a sentence.</param>
internal sealed record SandboxFinding(SandboxFindingKind Kind, SandboxObject? Object, SandboxRow? Row, string Reason)
{
    /// <summary>What it was in the pool, when no task has it.</summary>
    public PoolRow? Pool { get; init; }
}

/// <summary>Ways out of a disagreement.</summary>
internal enum SandboxFindingKind
{
    /// <summary>What is on the engine belongs to nothing: remove it.</summary>
    Remove,

    /// <summary>The registry's note is of nothing: take it out.</summary>
    Forget,

    /// <summary>What a dead process began with a container that is there: bring it to its end.</summary>
    Finish,

    /// <summary>A container of a living task that the registry has no present note of: take it over.</summary>
    Adopt,

    /// <summary>The container is in another state than the registry last knew: note it, and tell the task when it was lost.</summary>
    Note,
}
