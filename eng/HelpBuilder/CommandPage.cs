namespace OpenCode.HelpBuilder;

/// <summary>The help of a cmdlet.</summary>
public sealed record CommandPage
{
    /// <summary>The cmdlet.</summary>
    public required string Name { get; init; }

    /// <summary>The file its help goes into.</summary>
    public required string HelpFile { get; init; }

    /// <summary>Where the page is on the web; empty when it is nowhere.</summary>
    public required string OnlineVersion { get; init; }

    /// <summary>What it does, in a sentence.</summary>
    public required string Synopsis { get; init; }

    /// <summary>Its parameter sets.</summary>
    public required IReadOnlyList<SyntaxSet> Syntax { get; init; }

    /// <summary>What it does, at length.</summary>
    public required IReadOnlyList<Block> Description { get; init; }

    /// <summary>Examples, at least two.</summary>
    public required IReadOnlyList<Example> Examples { get; init; }

    /// <summary>Its parameters.</summary>
    public required IReadOnlyList<ParameterEntry> Parameters { get; init; }

    /// <summary>What it takes from the pipeline.</summary>
    public required IReadOnlyList<TypeEntry> Inputs { get; init; }

    /// <summary>What it writes.</summary>
    public required IReadOnlyList<TypeEntry> Outputs { get; init; }

    /// <summary>Errors, and what else is to be known.</summary>
    public required IReadOnlyList<Block> Notes { get; init; }

    /// <summary>Where to read on.</summary>
    public required IReadOnlyList<Link> Links { get; init; }
}
