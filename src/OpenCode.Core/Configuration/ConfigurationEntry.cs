namespace OpenCode.Configuration;

/// <summary>A setting and where its value came from.</summary>
/// <param name="Key">Its key in the file, such as <c>database.cacheSize</c>.</param>
/// <param name="Value">Its value; secrets are replaced by asterisks.</param>
/// <param name="Source"><c>parameter</c>, <c>environment NAME</c>, <c>file PATH</c> or <c>default</c>; followed by <c>(ignored: untrusted file PATH)</c> when a file that is not trusted asked for another value.</param>
public sealed record ConfigurationEntry(string Key, object? Value, string Source)
{
    private const string Ignored = "(ignored: untrusted file ";

    /// <summary>True when a file that is not trusted asked for another value.</summary>
    public bool IsIgnored => Source.Contains(Ignored, StringComparison.Ordinal);
}
