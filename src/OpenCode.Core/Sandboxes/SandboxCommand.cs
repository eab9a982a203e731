namespace OpenCode.Sandboxes;

/// <summary>A command to run in a container.</summary>
/// <param name="ExecutionId">The execution it is recorded as; also how its processes are found when they have to be killed.</param>
/// <param name="Arguments">The argument vector.</param>
/// <param name="Shell">True when <paramref name="Arguments"/> is one string for <c>/bin/sh -c</c>.</param>
/// <param name="WorkingDirectory">Where to run it, absolute inside the container or relative to /workspace.</param>
/// <param name="Timeout">How long it may run.</param>
public sealed record SandboxCommand(string ExecutionId, IReadOnlyList<string> Arguments, bool Shell, string WorkingDirectory, TimeSpan Timeout);
