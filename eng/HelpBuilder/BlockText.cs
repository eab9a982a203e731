namespace OpenCode.HelpBuilder;

/// <summary>A block as plain text.</summary>
public static class BlockText
{
    /// <summary>The text of a block where the reader's window breaks long lines.</summary>
    public static string Of(Block block) => block switch
    {
        Paragraph paragraph => paragraph.Text,
        Listing listing => string.Join('\n', listing.Items.Select(static item => $"{item.Mark} {item.Text}")),
        Fence fence => string.Join('\n', fence.Lines.Select(static line => "    " + line)),
        Table table => string.Join('\n', new TableText(table).Lines(MaxTable)),
        _ => throw new ArgumentException($"A {block.GetType().Name} is no text.", nameof(block)),
    };

    // Get-Help indents text by four columns.
    private const int MaxTable = 76;

    /// <summary>Breaks text into lines.</summary>
    /// <param name="text">Words on one line.</param>
    /// <param name="width">How wide a line may be. A word that is wider stands alone and sticks out.</param>
    public static IEnumerable<string> Wrap(string text, int width)
    {
        var line = "";
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }

            line = line.Length == 0 ? word : $"{line} {word}";
        }

        yield return line;
    }
}
