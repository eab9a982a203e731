using System.Globalization;
using OpenCode.Registry;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Completion;

/// <summary>Completes executions: of the task that is given already, else the newest of all. By the beginning of the id or by a part of the command.</summary>
public sealed class ExecutionCompleter : StoreCompleter
{
    private const int LookedThrough = 500;

    /// <inheritdoc />
    protected override async ValueTask<IEnumerable<Suggestion>> SuggestAsync(TaskSuggestions store, CompletionContext context, CancellationToken cancellationToken)
    {
        var word = context.Word;
        var found = word.IsPattern ? [] : await store.ExecutionsAsync(context.Task, word.Text, Most, cancellationToken).ConfigureAwait(false);
        if (found.Count == 0)
        {
            found = [.. (await store.ExecutionsAsync(context.Task, "", LookedThrough, cancellationToken).ConfigureAwait(false)).Where(e => IsMeant(e, word))];
        }

        return found.Select(static execution => new Suggestion(execution.Id, $"{Exit(execution)}  {OneLine(execution.Command)}", $"{execution.Command}\n{Exit(execution)}, in {execution.TaskId}"));
    }

    private static bool IsMeant(ExecutionSuggestion execution, TypedWord word) => word.IsPattern
        ? word.Matches(execution.Id) || word.Matches(execution.Command)
        : execution.Command.Contains(word.Text, StringComparison.OrdinalIgnoreCase);

    private static string Exit(ExecutionSuggestion execution) => execution.ExitCode is { } code ? string.Create(CultureInfo.InvariantCulture, $"exit {code}") : "no exit code";

    private static string OneLine(string command) => command.ReplaceLineEndings(" ");
}
