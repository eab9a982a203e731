using OpenCode.Sandboxes;

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

    /// <summary>Variables of the environment put over the sandbox's own; at most 1,000.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The user as <c>uid</c> or <c>uid:gid</c>, never 0; null takes the sandbox's own, who may write in the workspace.</summary>
    public string? User { get; init; }

    /// <summary>What the command reads from its standard input, which ends with it; null for an empty one. Read once, and not disposed.</summary>
    public Stream? Input { get; init; }

    /// <summary>How long to wait for room when the task has no sandbox, and all sandboxes together take what they may; zero refuses at once.</summary>
    public TimeSpan SandboxWait { get; init; }

    /// <summary>The terminal it is run at, whose keys are its input and to which all output goes; null for none.</summary>
    public ITerminal? Terminal { get; init; }

    /// <summary>Who asks for it over the network, where clients are known; null elsewhere.</summary>
    public string? AskedBy { get; init; }
}
