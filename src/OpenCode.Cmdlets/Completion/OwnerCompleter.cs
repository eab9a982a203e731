using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Completion;

/// <summary>Completes owners of tasks.</summary>
public sealed class OwnerCompleter : StoreCompleter
{
    /// <inheritdoc />
    protected override async ValueTask<IEnumerable<Suggestion>> SuggestAsync(TaskSuggestions store, CompletionContext context, CancellationToken cancellationToken) =>
        (await store.OwnersAsync(cancellationToken).ConfigureAwait(false)).Where(context.Word.Matches).Select(static owner => new Suggestion(owner));
}
