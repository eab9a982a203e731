namespace OpenCode.Registry;

/// <summary>An execution that may be meant, and what tells it from others.</summary>
/// <param name="Id">The id.</param>
/// <param name="TaskId">The task.</param>
/// <param name="Command">The beginning of the command.</param>
/// <param name="ExitCode">The exit code, when there is one.</param>
public sealed record ExecutionSuggestion(string Id, string TaskId, string Command, int? ExitCode);
