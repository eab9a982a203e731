namespace OpenCode.Tasks;

/// <summary>A command to run in a task's sandbox.</summary>
/// <param name="Command">The argument vector; with <paramref name="Shell"/> one string for <c>/bin/sh -c</c>.</param>
/// <param name="Shell">True for a shell command.</param>
public sealed record RunRequest(IReadOnlyList<string> Command, bool Shell)
{
    /// <summary>How long it may run; 30 s by default, 24 h at most.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Where to run it: relative to /workspace, or absolute inside the sandbox.</summary>
    public string? WorkingDirectory { get; init; }
}
