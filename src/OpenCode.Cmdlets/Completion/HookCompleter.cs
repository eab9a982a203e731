using OpenCode.Cmdlets.Sessions;

namespace OpenCode.Cmdlets.Completion;

/// <summary>Completes hooks of the session, by id or name. Those of the configuration are not offered: reading it takes files, and they cannot be taken out from here.</summary>
public sealed class HookCompleter : Completer
{
    /// <inheritdoc />
    protected override IEnumerable<Suggestion> Suggest(CompletionContext context) => StoreSession.Current.Hooks.Entries
        .Select(static entry => entry.Hook)
        .Where(hook => context.Word.Matches(hook.Id) || context.Word.Matches(hook.Name))
        .Select(static hook => new Suggestion(hook.Id, $"{hook.Event}  {hook.Name}", $"{hook.Name}: {hook.Event}, priority {hook.Priority}{(hook.Blocking ? ", blocking" : "")}"));
}
