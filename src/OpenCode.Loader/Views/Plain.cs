namespace OpenCode.Loader.Views;

/// <summary>Text as it is shown at a terminal: what would steer the terminal, or turn the order of what is read, is made visible instead of done.</summary>
internal static class Plain
{
    private const int Pictures = 0x2400; // the pictures of the control characters, in their order
    private const char PictureOfDelete = '\u2421';
    private const char Replaced = '\uFFFD';

    /// <summary>The text, on as many lines as it has.</summary>
    public static string? Of(string? text)
    {
        var first = text is null ? -1 : Steering(text, 0);
        return first < 0 ? text : string.Create(text!.Length, text, static (shown, text) =>
        {
            text.CopyTo(shown);
            for (var i = Steering(text, 0); i >= 0; i = Steering(text, i + 1))
            {
                shown[i] = text[i] switch
                {
                    < ' ' => (char)(Pictures + text[i]),
                    '\u007F' => PictureOfDelete,
                    _ => Replaced,
                };
            }
        });
    }

    private static int Steering(string text, int from)
    {
        for (var i = from; i < text.Length; i++)
        {
            if (text[i] is not ('\n' or '\t') && !(text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n')
                && (char.IsControl(text[i]) || text[i] is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069')))
            {
                return i;
            }
        }

        return -1;
    }
}
