using OpenCode.Loader.Views;
using OpenCode.Registry;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Completion;

/// <summary>Completes checkpoints: of the task that is given already, else the newest of all. By the beginning of the id or by a part of the description.</summary>
public sealed class CheckpointCompleter : StoreCompleter
{
    private const int LookedThrough = 500;

    /// <inheritdoc />
    protected override async ValueTask<IEnumerable<Suggestion>> SuggestAsync(TaskSuggestions store, CompletionContext context, CancellationToken cancellationToken)
    {
        var word = context.Word;
        var found = word.IsPattern ? [] : await store.CheckpointsAsync(context.Task, word.Text, Most, cancellationToken).ConfigureAwait(false);
        if (found.Count == 0)
        {
            found = [.. (await store.CheckpointsAsync(context.Task, "", LookedThrough, cancellationToken).ConfigureAwait(false)).Where(c => IsMeant(c, word))];
        }

        return found.Select(static checkpoint => new Suggestion(
            checkpoint.Id,
            $"{Age.Of(checkpoint.At)}  {checkpoint.Description ?? checkpoint.TaskName}",
            $"{checkpoint.Description ?? "Without a description"}\nOf '{checkpoint.TaskName}' ({checkpoint.TaskId}), taken {Age.Of(checkpoint.At)}"));
    }

    private static bool IsMeant(CheckpointSuggestion checkpoint, TypedWord word) => word.IsPattern
        ? word.Matches(checkpoint.Id) || (checkpoint.Description is { } text && word.Matches(text))
        : checkpoint.Description?.Contains(word.Text, StringComparison.OrdinalIgnoreCase) is true;
}
