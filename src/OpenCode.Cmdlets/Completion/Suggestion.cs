using System.Management.Automation;

namespace OpenCode.Cmdlets.Completion;

/// <summary>Something that may be meant.</summary>
/// <param name="Value">The value, without quotes.</param>
/// <param name="Shown">What a list shows for it; null shows the value.</param>
/// <param name="Tip">More about it; null for nothing.</param>
public sealed record Suggestion(string Value, string? Shown = null, string? Tip = null)
{
    private const int LongestShown = 60;

    /// <summary>True for a value that is a piece of script and stands on the command line as it is.</summary>
    public bool IsScript { get; init; }

    /// <summary>The engine's form of it.</summary>
    internal CompletionResult ToResult(TypedWord word)
    {
        var shown = Shown is { Length: > 0 } ? Shown : Value;
        return new CompletionResult(
            IsScript ? Value : word.Quoted(Value),
            shown.Length > LongestShown ? shown[..(LongestShown - 1)] + "…" : shown,
            CompletionResultType.ParameterValue,
            Tip is { Length: > 0 } ? Tip : Value);
    }
}
