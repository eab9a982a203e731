namespace OpenCode.HelpBuilder;

/// <summary>A link in a page.</summary>
/// <param name="Line">Where it is.</param>
/// <param name="Text">Its words.</param>
/// <param name="Address">Where it leads: a page beside this one, or the web.</param>
public sealed record Link(int Line, string Text, string Address)
{
    /// <summary>True when it leads away from the pages.</summary>
    public bool IsWeb => Address.StartsWith("https://", StringComparison.Ordinal) || Address.StartsWith("http://", StringComparison.Ordinal);
}
