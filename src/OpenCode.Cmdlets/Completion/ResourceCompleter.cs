using OpenCode.Loader.Views;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Completion;

/// <summary>Completes resources that are locked now. Those of tasks are not offered: tasks are not locked and released by hand.</summary>
public sealed class ResourceCompleter : StoreCompleter
{
    /// <inheritdoc />
    protected override async ValueTask<IEnumerable<Suggestion>> SuggestAsync(TaskSuggestions store, CompletionContext context, CancellationToken cancellationToken) =>
        (await store.LocksAsync(cancellationToken).ConfigureAwait(false))
            .Where(lease => context.Word.Matches(lease.Resource))
            .DistinctBy(static lease => lease.Resource)
            .Select(static lease => new Suggestion(
                lease.Resource,
                $"{lease.Resource}  {lease.Owner}",
                $"Held by '{lease.Owner}', {lease.Mode}{(lease.ExpiresAt is { } end ? $", ends {Age.Of(end)} unless renewed" : "")}"));
}
