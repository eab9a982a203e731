namespace OpenCode.Tasks;

/// <summary>What a restore did.</summary>
/// <param name="Task">The task, now Pending.</param>
/// <param name="Restored">The checkpoint whose layers it has now.</param>
/// <param name="SavedAs">The checkpoint of what was there before.</param>
public sealed record RestoreOutcome(AgentTask Task, Checkpoint Restored, Checkpoint SavedAs);
