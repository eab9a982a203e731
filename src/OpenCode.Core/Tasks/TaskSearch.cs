namespace OpenCode.Tasks;

/// <summary>Which tasks are looked for. All that is set has to hold.</summary>
public sealed record TaskSearch
{
    /// <summary>What has to occur in the name, the description or the metadata; see <see cref="Registry.SearchText"/>.</summary>
    public string? Query { get; init; }

    /// <summary>A regular expression (.NET's, without regard to case) that fits somewhere in the name.</summary>
    public string? Match { get; init; }

    /// <summary>Any of these statuses.</summary>
    public IReadOnlyList<AgentTaskStatus> Statuses { get; init; } = [];

    /// <summary>This owner.</summary>
    public string? Owner { get; init; }

    /// <summary>Members the metadata have, with equal values; they may have others. Objects inside are equal as a whole, whatever the order of their members.</summary>
    public JsonMap? Metadata { get; init; }

    /// <summary>At most so many.</summary>
    public int? First { get; init; }
}
