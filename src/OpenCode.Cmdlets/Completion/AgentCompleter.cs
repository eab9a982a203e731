using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Completion;

/// <summary>Completes agents: of the task that is given already, else of any. Where an agent is attached, those of other tasks follow.</summary>
public sealed class AgentCompleter : StoreCompleter
{
    /// <inheritdoc />
    protected override async ValueTask<IEnumerable<Suggestion>> SuggestAsync(TaskSuggestions store, CompletionContext context, CancellationToken cancellationToken)
    {
        var agents = await store.AgentsAsync(context.Task, cancellationToken).ConfigureAwait(false);
        if (context.Task is not null && (agents.Count == 0 || context.Cmdlet?.IsDefined(typeof(AttachesAttribute), false) is true))
        {
            agents = [.. agents.Union(await store.AgentsAsync(null, cancellationToken).ConfigureAwait(false))];
        }

        return agents.Where(context.Word.Matches).Select(static agent => new Suggestion(agent));
    }
}
