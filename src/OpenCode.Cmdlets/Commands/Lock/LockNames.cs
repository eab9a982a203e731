namespace OpenCode.Cmdlets.Commands;

/// <summary>Resources in a sentence.</summary>
internal static class LockNames
{
    /// <summary>Their names in quotes.</summary>
    public static string Of(IEnumerable<string> resources) => string.Join(", ", resources.Select(static resource => $"'{resource}'"));
}
