using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Completion;

/// <summary>Completes container images: the configured one, the allowed ones, and those that tasks use. No engine is asked.</summary>
public sealed class ImageCompleter : StoreCompleter
{
    /// <inheritdoc />
    protected override async ValueTask<IEnumerable<Suggestion>> SuggestAsync(TaskSuggestions store, CompletionContext context, CancellationToken cancellationToken) =>
        (await store.ImagesAsync(cancellationToken).ConfigureAwait(false)).Where(context.Word.Matches).Select(static image => new Suggestion(image));
}
