using System.Management.Automation;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Completion;

/// <summary>Completes what is copied and where to: on this machine by the engine's own completion, in the sandbox from the task's workspace, which is a folder here. No engine of containers is asked.</summary>
public sealed class SandboxPathCompleter : Completer
{
    private readonly Inside _inside = new();

    /// <inheritdoc />
    protected override IEnumerable<Suggestion> Suggest(CompletionContext context)
    {
        var isPath = context.Parameter == "Path";
        var inside = isPath ? context.IsNamed("FromSandbox") : context.IsNamed("ToSandbox");
        return inside ? _inside.Ask(context)
            : CompletionCompleters.CompleteFilename(context.Word.Text).Select(static file => new Suggestion(file.CompletionText, file.ListItemText, file.ToolTip) { IsScript = true });
    }

    private sealed class Inside : StoreCompleter
    {
        private const string Workspace = "/workspace/";

        public IEnumerable<Suggestion> Ask(CompletionContext context) => Suggest(context);

        protected override async ValueTask<IEnumerable<Suggestion>> SuggestAsync(TaskSuggestions store, CompletionContext context, CancellationToken cancellationToken)
        {
            var typed = context.Word.Text;
            var path = typed.StartsWith(Workspace, StringComparison.Ordinal) ? typed[Workspace.Length..] : Workspace.StartsWith(typed, StringComparison.Ordinal) ? "" : typed;
            var folder = path.Contains('/', StringComparison.Ordinal) ? path[..(path.LastIndexOf('/') + 1)] : "";
            var names = context.Task is { } task ? await store.WorkspaceAsync(task, folder.TrimEnd('/'), cancellationToken).ConfigureAwait(false) : [];
            return names.Where(name => name.StartsWith(path[folder.Length..], StringComparison.Ordinal)).Select(name => new Suggestion(Workspace + folder + name, name));
        }
    }
}
