namespace OpenCode.Registry;

/// <summary>What completion at a prompt asks for: short reads that write nothing and look at a bounded number of rows, newest first.</summary>
public interface ISuggestionSource
{
    /// <summary>Tasks by the beginning of their id or by words of their name.</summary>
    ValueTask<IReadOnlyList<TaskSuggestion>> SuggestTasksAsync(TaskSuggestionQuery query, CancellationToken cancellationToken);

    /// <summary>Agents of a task, the attached ones first; or, without a task, of any.</summary>
    ValueTask<IReadOnlyList<string>> SuggestAgentsAsync(string? taskId, int limit, CancellationToken cancellationToken);

    /// <summary>Owners of tasks, in order of their names.</summary>
    ValueTask<IReadOnlyList<string>> SuggestOwnersAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Locks on resources that callers name, in order of the names; of those whose time is up none.</summary>
    ValueTask<IReadOnlyList<Lease>> SuggestLocksAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Owners of leases, in order of their names.</summary>
    ValueTask<IReadOnlyList<string>> SuggestHoldersAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Checkpoints of a task, or the newest of all.</summary>
    ValueTask<IReadOnlyList<CheckpointSuggestion>> SuggestCheckpointsAsync(string? taskId, string prefix, int limit, CancellationToken cancellationToken);

    /// <summary>Executions of a task, or the newest of all.</summary>
    ValueTask<IReadOnlyList<ExecutionSuggestion>> SuggestExecutionsAsync(string? taskId, string prefix, int limit, CancellationToken cancellationToken);

    /// <summary>Images that the newest tasks name or run in.</summary>
    ValueTask<IReadOnlyList<string>> SuggestImagesAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Keys at the top of the newest tasks' metadata, the most used first.</summary>
    ValueTask<IReadOnlyList<string>> SuggestMetadataKeysAsync(int limit, CancellationToken cancellationToken);
}
