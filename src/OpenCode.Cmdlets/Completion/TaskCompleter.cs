using System.Management.Automation;
using System.Reflection;
using OpenCode.Loader.Views;
using OpenCode.Registry;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Completion;

/// <summary>Completes tasks: by the beginning of the id, by words of the name, or by a pattern for either.</summary>
public sealed class TaskCompleter : StoreCompleter
{
    /// <inheritdoc />
    protected override async ValueTask<IEnumerable<Suggestion>> SuggestAsync(TaskSuggestions store, CompletionContext context, CancellationToken cancellationToken)
    {
        if (context.IsPiped && context.Parameter == nameof(TaskCmdlet.Task) && !context.IsNamed("Task", "TaskId", "Id") && Second(context.Cmdlet) is { } second)
        {
            return second is StoreCompleter completer ? await completer.AskAsync(store, context, cancellationToken).ConfigureAwait(false) : [];
        }

        var query = new TaskSuggestionQuery
        {
            Word = context.Word.Text,
            Pattern = context.Word.ToGlob(),
            Preferred = context.Cmdlet?.GetCustomAttribute<ActsOnAttribute>()?.Statuses ?? [],
            Limit = Most,
        };
        return (await store.TasksAsync(query, cancellationToken).ConfigureAwait(false)).Select(Show);
    }

    private static Suggestion Show(TaskSuggestion task) => new(
        task.Id,
        $"{task.Status}  {task.Name}",
        $"{task.Name}\n{task.Status}, of {task.Owner}{(task.Agents.Count == 0 ? "" : $", with {string.Join(", ", task.Agents)}")}, created {Age.Of(task.CreatedAt)}");

    /// <summary>
    /// When tasks come through the pipeline, the first argument is what otherwise is the second: see <see cref="TaskCmdlet"/>.
    /// The engine does not know and asks for a task. Null when the cmdlet has no second argument; one that suggests nothing when it has no completer.
    /// </summary>
    private static object? Second(Type? cmdlet)
    {
        var second = cmdlet is null || !cmdlet.IsSubclassOf(typeof(TaskCmdlet)) ? null : cmdlet.GetProperties().FirstOrDefault(static property => property.GetCustomAttributes<ParameterAttribute>().Any(static parameter => parameter.Position == 1));
        return second is null ? null : second.GetCustomAttribute<ArgumentCompleterAttribute>() is { } attribute ? Activator.CreateInstance(attribute.Type) : "";
    }
}
