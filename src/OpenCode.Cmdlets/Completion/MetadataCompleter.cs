using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Completion;

/// <summary>Begins a hashtable with a key that other tasks' metadata have: <c>@{ ticket = </c>. Inside one that is begun, PowerShell asks no completer.</summary>
public sealed class MetadataCompleter : StoreCompleter
{
    /// <inheritdoc />
    protected override async ValueTask<IEnumerable<Suggestion>> SuggestAsync(TaskSuggestions store, CompletionContext context, CancellationToken cancellationToken) =>
        (await store.MetadataKeysAsync(cancellationToken).ConfigureAwait(false))
            .Where(context.Word.Matches)
            .Select(static key => new Suggestion($"@{{ {TypedWord.Key(key)} = ", key, $"A key that tasks' metadata have: {key}") { IsScript = true });
}
