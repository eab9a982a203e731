namespace OpenCode;

/// <summary>What was tried from inside a task's sandbox, and what became of it.</summary>
public sealed record IsolationProbe
{
    /// <summary>The task.</summary>
    public required string TaskId { get; init; }

    /// <summary>The probe's name, such as <c>Capabilities</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What has to be.</summary>
    public required string Expected { get; init; }

    /// <summary>What is; empty when that is not known.</summary>
    public required string Actual { get; init; }

    /// <summary>What it means.</summary>
    public IsolationOutcome Outcome { get; init; }

    /// <summary>True only when it was tried and holds.</summary>
    public bool Passed => Outcome is IsolationOutcome.Passed;

    /// <summary>How it was tried, or why it could not be.</summary>
    public string Detail { get; init; } = "";

    /// <summary>Name and outcome, so that it reads well inside a string.</summary>
    public override string ToString() => $"{Name} {Outcome}";
}
