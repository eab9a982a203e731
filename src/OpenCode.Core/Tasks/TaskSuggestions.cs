using OpenCode.Configuration;
using OpenCode.Layers;
using OpenCode.Registry;

namespace OpenCode.Tasks;

/// <summary>What somebody at a prompt may mean. Reads what is there and writes nothing; answers are bounded, newest or most likely first.</summary>
public sealed class TaskSuggestions
{
    private const int MostNames = 200;

    private readonly ITaskRegistry _registry;
    private readonly OpenCodeConfiguration _configuration;

    internal TaskSuggestions(ITaskRegistry registry, OpenCodeConfiguration configuration)
    {
        _registry = registry;
        _configuration = configuration;
    }

    /// <summary>Tasks by the beginning of their id or by words of their name.</summary>
    public ValueTask<IReadOnlyList<TaskSuggestion>> TasksAsync(TaskSuggestionQuery query, CancellationToken cancellationToken) => _registry.SuggestTasksAsync(query, cancellationToken);

    /// <summary>Agents of a task, the attached ones first; without a task, or with one that is not there, of any task.</summary>
    public async ValueTask<IReadOnlyList<string>> AgentsAsync(string? task, CancellationToken cancellationToken) =>
        await _registry.SuggestAgentsAsync(await KnownAsync(task, cancellationToken).ConfigureAwait(false), MostNames, cancellationToken).ConfigureAwait(false);

    /// <summary>Owners of tasks.</summary>
    public ValueTask<IReadOnlyList<string>> OwnersAsync(CancellationToken cancellationToken) => _registry.SuggestOwnersAsync(MostNames, cancellationToken);

    /// <summary>Locks on resources as they stand in the store, without the leases of agents and of the product itself.</summary>
    public ValueTask<IReadOnlyList<Lease>> LocksAsync(CancellationToken cancellationToken) => _registry.SuggestLocksAsync(MostNames, cancellationToken);

    /// <summary>Owners of locks, and agents that are attached to tasks.</summary>
    public ValueTask<IReadOnlyList<string>> HoldersAsync(CancellationToken cancellationToken) => _registry.SuggestHoldersAsync(MostNames, cancellationToken);

    /// <summary>Requests that wait for a person's approval.</summary>
    public ValueTask<IReadOnlyList<ApprovalRequest>> RequestsAsync(CancellationToken cancellationToken) => _registry.ApprovalsAsync(true, cancellationToken);

    /// <summary>Checkpoints whose ids begin with a text: of a task, or the newest of all.</summary>
    public async ValueTask<IReadOnlyList<CheckpointSuggestion>> CheckpointsAsync(string? task, string prefix, int limit, CancellationToken cancellationToken) =>
        await _registry.SuggestCheckpointsAsync(await KnownAsync(task, cancellationToken).ConfigureAwait(false), prefix, limit, cancellationToken).ConfigureAwait(false);

    /// <summary>Executions whose ids begin with a text: of a task, or the newest of all.</summary>
    public async ValueTask<IReadOnlyList<ExecutionSuggestion>> ExecutionsAsync(string? task, string prefix, int limit, CancellationToken cancellationToken) =>
        await _registry.SuggestExecutionsAsync(await KnownAsync(task, cancellationToken).ConfigureAwait(false), prefix, limit, cancellationToken).ConfigureAwait(false);

    /// <summary>Images: the configured one, the allowed ones, and those in use.</summary>
    public async ValueTask<IReadOnlyList<string>> ImagesAsync(CancellationToken cancellationToken) =>
    [
        .. new[] { _configuration.DockerImage }
            .Concat(_configuration.DockerAllowedImages)
            .Concat(await _registry.SuggestImagesAsync(MostNames, cancellationToken).ConfigureAwait(false))
            .Distinct(StringComparer.Ordinal),
    ];

    /// <summary>Keys of tasks' metadata, the most used first.</summary>
    public ValueTask<IReadOnlyList<string>> MetadataKeysAsync(CancellationToken cancellationToken) => _registry.SuggestMetadataKeysAsync(MostNames, cancellationToken);

    /// <summary>What lies in a folder of a task's workspace, folders with a <c>/</c> behind them; nothing where there is none.</summary>
    public async ValueTask<IReadOnlyList<string>> WorkspaceAsync(string task, string folder, CancellationToken cancellationToken) =>
        await KnownAsync(task, cancellationToken).ConfigureAwait(false) is { } id && WorkspaceLayer.Read(new TaskFolder(_configuration.DataRoot, id), folder) is { } found
            ? [.. found.Entries.Select(static entry => entry.Name).Take(MostNames)]
            : [];

    private async ValueTask<string?> KnownAsync(string? task, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(task))
        {
            return null;
        }

        var ids = await _registry.IdsByPrefixAsync(task, 2, cancellationToken).ConfigureAwait(false);
        return ids.Count == 1 || (ids.Count > 1 && ids[0] == task) ? ids[0] : null;
    }
}
