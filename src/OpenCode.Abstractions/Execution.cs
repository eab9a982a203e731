namespace OpenCode;

/// <summary>A command that was run in a task's sandbox.</summary>
public sealed record Execution
{
    /// <summary>The id, with prefix <c>exec_</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The task whose sandbox it ran in.</summary>
    public required string TaskId { get; init; }

    /// <summary>The agent in whose name it ran; null for the operator.</summary>
    public string? AgentId { get; init; }

    /// <summary>The argument vector; a shell command is a vector of one element.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>How it stands.</summary>
    public ExecutionStatus Status { get; init; }

    /// <summary>Why it has no exit code, when it was cancelled, failed or is lost.</summary>
    public string? Reason { get; init; }

    /// <summary>The exit code; null while it runs, when it timed out, or when its end was not seen.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Standard output, at most 1 MiB: beginning and end are kept. Of a command that nobody saw the end of, both streams as they came.</summary>
    public string Stdout { get; init; } = "";

    /// <summary>Standard error, at most 1 MiB: beginning and end are kept.</summary>
    public string Stderr { get; init; } = "";

    /// <summary>True when output was left out of <see cref="Stdout"/> or <see cref="Stderr"/>; <c>executions/&lt;id&gt;.log</c> has it whole.</summary>
    public bool Truncated { get; init; }

    /// <summary>True when it was stopped because its time was up.</summary>
    public bool TimedOut { get; init; }

    /// <summary>When it was started (UTC).</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>How long it ran; null while it runs or when its end was not seen.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>The id, so that an execution reads well inside a string.</summary>
    public override string ToString() => Id;
}
