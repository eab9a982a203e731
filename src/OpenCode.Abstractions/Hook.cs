namespace OpenCode;

/// <summary>Something that runs at a moment of every task's life.</summary>
public sealed record Hook
{
    /// <summary>The id, with prefix <c>hook_</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Its name in logs and errors; need not be unique.</summary>
    public required string Name { get; init; }

    /// <summary>When it runs.</summary>
    public HookEvent Event { get; init; }

    /// <summary>Lower runs first; hooks of one priority run in the order of their registration, those of the configuration first.</summary>
    public int Priority { get; init; } = 10;

    /// <summary>True when its failure, or its coming to its time limit, keeps the change from being made. Only hooks that run before can.</summary>
    public bool Blocking { get; init; }

    /// <summary>How long it may run.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What it runs.</summary>
    public HookKind Kind { get; init; }

    /// <summary>Where it comes from: <c>session</c>, or <c>file PATH</c>.</summary>
    public required string Source { get; init; }

    /// <summary>What it runs, for people: the script's text, or the command.</summary>
    public string Action { get; init; } = "";

    /// <summary>The id, so that a hook reads well inside a string.</summary>
    public override string ToString() => Id;
}
