using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace OpenCode.Cmdlets.Completion;

/// <summary>What all completers share: quotes, wildcards, and that a Tab never fails. Whoever suggests from something else than the store derives from this one.</summary>
public abstract class Completer : IArgumentCompleter
{
    /// <summary>As many as PowerShell lists without asking.</summary>
    protected const int Most = 100;

    /// <inheritdoc />
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        try
        {
            var word = TypedWord.Of(wordToComplete);
            var context = new CompletionContext(commandName, parameterName, word, commandAst, fakeBoundParameters);
            return [.. Suggest(context).Take(Most).Select(suggestion => suggestion.ToResult(word))];
        }
        catch (Exception e) when (e is not PipelineStoppedException)
        {
            // Whoever presses Tab is in the middle of a line: nothing is the only answer that does not disturb. A list and not
            // null, for after null the engine would offer the files of the current folder.
            return [];
        }
    }

    /// <summary>Gives what may be meant, the likeliest first.</summary>
    /// <param name="context">What is typed so far.</param>
    protected abstract IEnumerable<Suggestion> Suggest(CompletionContext context);
}
