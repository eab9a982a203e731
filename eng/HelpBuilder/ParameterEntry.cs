namespace OpenCode.HelpBuilder;

/// <summary>A parameter.</summary>
/// <param name="Name">Its name, without the dash.</param>
/// <param name="Description">What it is for.</param>
/// <param name="Facts">What the binder knows of it, once for every group of parameter sets in which that is the same.</param>
public sealed record ParameterEntry(string Name, IReadOnlyList<Block> Description, IReadOnlyList<ParameterFacts> Facts)
{
    /// <summary>What is so in a parameter set; null when the parameter is not in it.</summary>
    public ParameterFacts? In(SyntaxSet set) => Facts.SingleOrDefault(facts => facts.Sets is null || (set.Name is not null && facts.Sets.Contains(set.Name)));
}
