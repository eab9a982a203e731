using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Completion;

/// <summary>Completes requests that wait for an answer, by id or by a part of the question.</summary>
public sealed class RequestCompleter : StoreCompleter
{
    /// <inheritdoc />
    protected override async ValueTask<IEnumerable<Suggestion>> SuggestAsync(TaskSuggestions store, CompletionContext context, CancellationToken cancellationToken) =>
        (await store.RequestsAsync(cancellationToken).ConfigureAwait(false))
            .Where(request => context.Word.Matches(request.Id) || request.Question.Contains(context.Word.Text, StringComparison.OrdinalIgnoreCase))
            .Select(static request => new Suggestion(request.Id, $"{request.Tool}  {request.TaskId}", request.Question));
}
