namespace OpenCode.McpHost.Tools;

/// <summary>What others wrote, as part of a question to a person: on one line, not long, and without what steers a terminal or turns the order of what is read. Otherwise an agent could write the rest of the question.</summary>
internal static class AskedText
{
    private const int Longest = 120;

    private const char Replaced = '\uFFFD';

    /// <summary>The text between quotation marks.</summary>
    public static string Quoted(string text)
    {
        var cut = text.Length <= Longest ? text : char.IsHighSurrogate(text[Longest - 1]) ? text[..(Longest - 1)] : text[..Longest];
        var clean = string.Create(cut.Length, cut, static (shown, text) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                shown[i] = text[i] switch
                {
                    '\r' or '\n' or '\t' or '\u2028' or '\u2029' => ' ',
                    '"' => '\'',
                    (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') => Replaced,
                    var c => char.IsControl(c) ? Replaced : c,
                };
            }
        });
        return $"\"{clean}{(cut.Length < text.Length ? "…" : "")}\"";
    }
}
