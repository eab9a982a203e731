using OpenCode.Cmdlets.Sessions;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Completion;

/// <summary>A completer that asks the store of the runspace, or, when none is open yet, the one that would be opened. None is made, and none is kept open.</summary>
public abstract class StoreCompleter : Completer
{
    // Answers take milliseconds; this is for a store on a disk that hangs.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    /// <inheritdoc />
    protected sealed override IEnumerable<Suggestion> Suggest(CompletionContext context)
    {
        var session = StoreSession.Current;
        var request = new StoreRequest { Location = context.Location };

        // Off the pipeline thread: a read that hangs is left to itself, and lets go of the store when it ends.
        var look = Task.Run(() => session.GlanceAsync(request, (store, token) => SuggestAsync(store, context, token), CancellationToken.None));
        return look.Wait(LongestWait) ? look.Result ?? [] : [];
    }

    /// <summary>Asks in place of another completer.</summary>
    internal ValueTask<IEnumerable<Suggestion>> AskAsync(TaskSuggestions store, CompletionContext context, CancellationToken cancellationToken) => SuggestAsync(store, context, cancellationToken);

    /// <summary>Gives what may be meant, the likeliest first. Runs off the pipeline thread.</summary>
    /// <param name="store">What the store has to offer.</param>
    /// <param name="context">What is typed so far.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    protected abstract ValueTask<IEnumerable<Suggestion>> SuggestAsync(TaskSuggestions store, CompletionContext context, CancellationToken cancellationToken);
}
