using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Completion;

/// <summary>Completes owners of locks that are held now, and agents that have tasks.</summary>
public sealed class HolderCompleter : StoreCompleter
{
    /// <inheritdoc />
    protected override async ValueTask<IEnumerable<Suggestion>> SuggestAsync(TaskSuggestions store, CompletionContext context, CancellationToken cancellationToken) =>
        (await store.HoldersAsync(cancellationToken).ConfigureAwait(false)).Where(context.Word.Matches).Select(static owner => new Suggestion(owner));
}
