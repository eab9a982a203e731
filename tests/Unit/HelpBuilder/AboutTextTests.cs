using OpenCode.HelpBuilder;

namespace OpenCode.Tests.Unit.HelpBuilder;

/// <summary>An about page becomes plain text of at most 80 columns.</summary>
public sealed class AboutTextTests
{
    private static readonly string[] s_head = ["# about_Things", "", "## SHORT DESCRIPTION", "", "What things are.", "", "## LONG DESCRIPTION", ""];
    private static readonly string[] s_end = ["", "## SEE ALSO", "", "- [Get-Thing](Get-Thing.md)"];

    [Fact]
    public void Topic_beginsAsGetHelpReadsIt()
    {
        // Get-Help takes the fifth line for the synopsis.
        Assert.Equal(
            ["TOPIC", "    about_Things", "", "SHORT DESCRIPTION", "    What things are.", "", "LONG DESCRIPTION", "    Much.", "", "SEE ALSO", "    - Get-Thing"],
            Lines("Much."));
    }

    [Fact]
    public void Text_isBrokenAtWords_withListsHanging()
    {
        var words = string.Join(' ', Enumerable.Repeat("word", 40));
        var lines = Lines(words, "", $"- {words}", $"12. {words}");
        Assert.All(lines, static line => Assert.InRange(line.Length, 0, 80));
        Assert.Equal(120, lines.Sum(static line => line.Split(' ').Count(static word => word == "word")));
        Assert.Equal("    word word word word word word word word word word word word word word word", lines[7]);
        Assert.StartsWith("    - word", lines[11]);
        Assert.StartsWith("      word", lines[12]);
        Assert.StartsWith("    12. word", lines[14]);
        Assert.StartsWith("        word", lines[15]);
    }

    [Fact]
    public void Table_isAligned_andNarrowedWhereItHasToBe()
    {
        var words = string.Join(' ', Enumerable.Repeat("word", 20));
        var lines = Lines("| a | what |", "|---|---|", $"| `one` | {words} |", @"| a\|b | **x** |");
        Assert.Equal("    a    what", lines[7]);
        Assert.Equal("    ---  " + new string('-', 71), lines[8]);
        Assert.StartsWith("    one  word word", lines[9]);
        Assert.StartsWith("         word", lines[10]);
        Assert.Equal("    a|b  x", lines[11]);
        Assert.All(lines, static line => Assert.InRange(line.Length, 0, 80));
    }

    [Fact]
    public void Code_staysAsItIs()
    {
        Assert.Equal(["        if ($x) {", "            '**y**'", "", "        }"], Lines("```", "if ($x) {", "    '**y**'", "", "}", "```").Skip(7).Take(4));
    }

    [Fact]
    public void Line_thatIsTooWide_isRefused()
    {
        var error = Assert.Throws<PageException>(() => Lines("```", new string('x', 73), "```"));
        Assert.StartsWith("about_Things.md(9): error OCHELP: This is wider than 80 columns", error.Message);
    }

    [Fact]
    public void ShortDescription_ofTwoLines_isRefused()
    {
        string[] lines = [.. s_head, "Much.", .. s_end];
        lines[4] = new string('x', 40) + " " + new string('y', 40);
        Assert.Contains("has to fit on one line", Assert.Throws<PageException>(() => new AboutText(PageReader.Read("about_Things.md", lines)).Lines()).Message);
    }

    [Fact]
    public void Section_thatIsMissing_isRefused()
    {
        Assert.Contains("'SEE ALSO' at the end", Assert.Throws<PageException>(() => new AboutText(PageReader.Read("about_Things.md", [.. s_head, "Much."])).Lines()).Message);
    }

    [Fact]
    public void Link_thatLeadsNowhere_isRefused()
    {
        var page = PageReader.Read("about_Things.md", [.. s_head, "Much.", .. s_end]);
        var error = Assert.Throws<PageException>(page.CheckLinks);
        Assert.StartsWith("about_Things.md(13): error OCHELP: The link 'Get-Thing' leads to 'Get-Thing.md'", error.Message);
    }

    private static List<string> Lines(params string[] body) => [.. new AboutText(PageReader.Read("about_Things.md", [.. s_head, .. body, .. s_end])).Lines()];
}
