namespace OpenCode.Registry;

/// <summary>Something that has to occur in a task's name, description or metadata.</summary>
/// <param name="Text">A word, or words in their order. What is neither letter nor digit parts words, in the text as in the tasks.</param>
/// <param name="Prefix">True when the last word may go on: <c>repo</c> finds <c>report</c>.</param>
public sealed record SearchTerm(string Text, bool Prefix);
