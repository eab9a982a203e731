namespace OpenCode.Common;

/// <summary>What others wrote, as part of a question to a person or of a message: on one line, not long, and without what steers a terminal or turns the order of what is read. Otherwise an agent could write the rest of it.</summary>
public static class QuotedText
{
    private const int Longest = 120;

    private const char Replaced = '\uFFFD';

    /// <summary>The text between quotation marks.</summary>
    public static string Of(string text)
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
