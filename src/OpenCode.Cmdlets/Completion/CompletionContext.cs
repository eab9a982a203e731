using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using OpenCode.Cmdlets.Identities;

namespace OpenCode.Cmdlets.Completion;

/// <summary>What is typed so far, and where. Made on the pipeline thread; may be read on any.</summary>
public sealed class CompletionContext
{
    internal CompletionContext(string command, string parameter, TypedWord word, CommandAst? line, IDictionary? bound)
    {
        // The only public way from a completer to the engine it runs in.
        var engine = (EngineIntrinsics)((PSObject)ScriptBlock.Create("$ExecutionContext").InvokeReturnAsIs()).BaseObject;
        Location = engine.SessionState.Path.CurrentFileSystemLocation.ProviderPath;
        Cmdlet = (engine.InvokeCommand.GetCommand(command, CommandTypes.Cmdlet | CommandTypes.Alias) switch
        {
            AliasInfo alias => alias.ResolvedCommand,
            var named => named,
        } as CmdletInfo)?.ImplementingType;
        Parameter = parameter;
        Word = word;
        Line = line;
        Bound = bound ?? new Hashtable();
        Task = Bound["Task"] is { } task and not (string and "") && new TaskIdentity(task) is { NamesTask: true } identity ? identity.ToString() : null;
    }

    /// <summary>The runspace's current location in the file system.</summary>
    public string Location { get; }

    /// <summary>The class of the cmdlet; null when the command is another one.</summary>
    public Type? Cmdlet { get; }

    /// <summary>The parameter whose value is completed.</summary>
    public string Parameter { get; }

    /// <summary>What is typed of the value.</summary>
    public TypedWord Word { get; }

    /// <summary>The command as it is typed.</summary>
    public CommandAst? Line { get; }

    /// <summary>What the engine can tell of the other parameters' values.</summary>
    public IDictionary Bound { get; }

    /// <summary>The task that is given already: an id or the beginning of one; null when none is known.</summary>
    public string? Task { get; }

    /// <summary>True when the command takes the output of another.</summary>
    public bool IsPiped => Line?.Parent is PipelineAst pipeline && pipeline.PipelineElements[0] != Line;

    /// <summary>True when the parameter, or another name of it, is written out.</summary>
    /// <param name="names">The parameter's names.</param>
    public bool IsNamed(params string[] names) => Line is not null && Line.CommandElements.OfType<CommandParameterAst>()
        .Any(written => names.Any(name => name.StartsWith(written.ParameterName, StringComparison.OrdinalIgnoreCase)));
}
