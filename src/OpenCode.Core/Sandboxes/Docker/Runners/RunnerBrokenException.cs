namespace OpenCode.Sandboxes.Docker.Runners;

/// <summary>A runner is gone, or says what no runner says. What it ran is over as far as it can say; whether its processes are is to be looked into.</summary>
internal sealed class RunnerBrokenException(string message, Exception? innerException) : IOException(message, innerException);
