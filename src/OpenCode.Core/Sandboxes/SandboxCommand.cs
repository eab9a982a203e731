namespace OpenCode.Sandboxes;

/// <summary>A command to run in a container.</summary>
/// <param name="ExecutionId">The execution it is recorded as; also how its processes are found when they have to be killed.</param>
/// <param name="Arguments">The argument vector.</param>
/// <param name="Shell">True when <paramref name="Arguments"/> is one string for <c>/bin/sh -c</c>.</param>
/// <param name="WorkingDirectory">Where to run it, absolute inside the container or relative to /workspace.</param>
/// <param name="Timeout">How long it may run.</param>
public sealed record SandboxCommand(string ExecutionId, IReadOnlyList<string> Arguments, bool Shell, string WorkingDirectory, TimeSpan Timeout)
{
    /// <summary>Variables of the environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The user as numbers; null takes the container's own.</summary>
    public string? User { get; init; }

    /// <summary>Its standard input; null for an empty one.</summary>
    public Stream? Input { get; init; }

    /// <summary>The terminal it is run at, whose keys are its input; null for none.</summary>
    public ITerminal? Terminal { get; init; }
}
