namespace OpenCode.HelpBuilder;

/// <summary>A page as it was read: its front matter and its blocks.</summary>
/// <param name="File">The file it came from.</param>
/// <param name="Front">The front matter; empty when it has none.</param>
/// <param name="Blocks">What follows it.</param>
/// <param name="Links">The links in it.</param>
public sealed record Page(string File, IReadOnlyDictionary<string, string> Front, IReadOnlyList<Block> Blocks, IReadOnlyList<Link> Links)
{
    /// <summary>The file's name without its ending.</summary>
    public string Name => Path.GetFileNameWithoutExtension(File);

    /// <summary>An error at a place in this page.</summary>
    public PageException Error(int line, string reason) => new(File, line, reason);

    /// <summary>The page's title, which has to be its file's name.</summary>
    public string Title() => Blocks is [Heading { Level: 1 } title, ..] && title.Text == Name
        ? title.Text
        : throw Error(Blocks.Count > 0 ? Blocks[0].Line : 1, $"The page has to begin with the heading '# {Name}', as its file is named.");

    /// <summary>Refuses links to pages that are not there.</summary>
    public void CheckLinks()
    {
        foreach (var link in Links.Where(static link => !link.IsWeb))
        {
            var target = link.Address.Split('#')[0];
            if (target.Length == 0 || !System.IO.File.Exists(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(File))!, target)))
            {
                throw Error(link.Line, $"The link '{link.Text}' leads to '{link.Address}', where nothing is.");
            }
        }
    }
}
