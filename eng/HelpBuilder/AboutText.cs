namespace OpenCode.HelpBuilder;

/// <summary>An about page as the text file that Get-Help shows as it is: at most 80 columns, so that it fits every window.</summary>
/// <param name="page">The page: '## SHORT DESCRIPTION' of one line, '## LONG DESCRIPTION', then what it likes, and '## SEE ALSO' at the end.</param>
public sealed class AboutText(Page page)
{
    /// <summary>The columns of a line.</summary>
    public const int Width = 80;

    private const string Indent = "    ";

    /// <summary>The text's lines.</summary>
    /// <exception cref="PageException">A section is missing, or something is wider than a line.</exception>
    public IReadOnlyList<string> Lines()
    {
        var title = page.Title();
        string[] sections = [.. page.Blocks.OfType<Heading>().Where(static heading => heading.Level == 2).Select(static heading => heading.Text)];
        if (page.Front.Count > 0 || sections is not ["SHORT DESCRIPTION", "LONG DESCRIPTION", .., "SEE ALSO"] || page.Blocks is not [_, _, Paragraph, Heading, ..])
        {
            throw page.Error(1, "An about page has no front matter; its sections are 'SHORT DESCRIPTION' with one paragraph, 'LONG DESCRIPTION', others, and 'SEE ALSO' at the end.");
        }

        // Get-Help takes the fifth line for the synopsis; hence no blank line behind a heading, and a short description of one line.
        var lines = new List<string> { "TOPIC", Indent + title };
        Block? before = null;
        foreach (var block in page.Blocks.Skip(1))
        {
            if (before is not Heading { Level: 2 })
            {
                lines.Add("");
            }

            var from = lines.Count;
            lines.AddRange(Lines(block));
            if (lines.FindIndex(from, static line => line.Length > Width) is >= 0 and var wide)
            {
                throw page.Error(block.Line, $"This is wider than {Width} columns at the prompt: '{lines[wide].Trim()}'.");
            }

            if (before is Heading { Text: "SHORT DESCRIPTION" } && lines.Count != from + 1)
            {
                throw page.Error(block.Line, "The short description has to fit on one line.");
            }

            before = block;
        }

        return lines;
    }

    private static IEnumerable<string> Lines(Block block) => block switch
    {
        Heading { Level: 2 } heading => [heading.Text.ToUpperInvariant()],
        Heading heading => ["  " + heading.Text],
        Paragraph paragraph => BlockText.Wrap(paragraph.Text, Width - Indent.Length).Select(static line => Indent + line),
        Listing listing => listing.Items.SelectMany(static item => BlockText.Wrap(item.Text, Width - Indent.Length - item.Mark.Length - 1)
            .Select((line, i) => Indent + (i == 0 ? item.Mark : new string(' ', item.Mark.Length)) + " " + line)),
        Fence fence => fence.Lines.Select(static line => line.Length > 0 ? Indent + Indent + line : ""),
        Table table => new TableText(table).Lines(Width - Indent.Length).Select(static line => Indent + line),
        _ => throw new ArgumentException($"A {block.GetType().Name} is no text.", nameof(block)),
    };
}
