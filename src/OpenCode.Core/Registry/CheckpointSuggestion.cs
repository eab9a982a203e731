namespace OpenCode.Registry;

/// <summary>A checkpoint that may be meant, and what tells it from others.</summary>
/// <param name="Id">The id.</param>
/// <param name="TaskId">The task.</param>
/// <param name="TaskName">The task's name.</param>
/// <param name="At">When it was taken.</param>
/// <param name="Description">What it is for.</param>
public sealed record CheckpointSuggestion(string Id, string TaskId, string TaskName, DateTimeOffset At, string? Description);
