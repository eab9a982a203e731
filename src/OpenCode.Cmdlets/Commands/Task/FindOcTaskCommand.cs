using System.Management.Automation;
using OpenCode.Cmdlets.Completion;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Commands;

/// <summary>Finds tasks by words, by a pattern for the name, and by what they are. All conditions have to hold.</summary>
/// <remarks>
/// The words of -Query all have to occur in the name, the description or the metadata, each perhaps only as the beginning of a
/// longer one; text in double quotes has to occur as it is. Best matches come first; without -Query, newest tasks.
/// </remarks>
[Cmdlet(VerbsCommon.Find, "OcTask")]
[OutputType(typeof(AgentTask))]
[Alias("fdoct")]
public sealed class FindOcTaskCommand : OpenCodeCmdlet
{
    /// <summary>Words that have to occur; in double quotes, words that have to follow each other.</summary>
    [Parameter(Position = 0)]
    [AllowEmptyString]
    [ValidateNotNull]
    public string? Query { get; set; }

    /// <summary>A regular expression, without regard to case, that fits somewhere in the name.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Match { get; set; }

    /// <summary>Only tasks with any of these statuses.</summary>
    [Parameter]
    public AgentTaskStatus[] Status { get; set; } = [];

    /// <summary>Only tasks of this owner.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(OwnerCompleter))]
    public string? Owner { get; set; }

    /// <summary>Only tasks whose metadata have these members with equal values: a hashtable, an object, or the JSON text of an object.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MetadataCompleter))]
    public object? Metadata { get; set; }

    /// <summary>At most so many.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? First { get; set; }

    /// <inheritdoc />
    private protected override object? Subject => Query ?? Match;

    /// <inheritdoc />
    private protected override void Process()
    {
        var search = new TaskSearch
        {
            Query = Query,
            Match = Match,
            Statuses = Status,
            Owner = Owner,
            Metadata = ScriptJson.Map(Metadata, nameof(Metadata)),
            First = First,
        };
        Stream((runtime, token) => runtime.Tasks.FindAsync(search, token));
    }
}
