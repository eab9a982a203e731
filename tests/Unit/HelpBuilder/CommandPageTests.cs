using System.Xml;
using System.Xml.Linq;
using OpenCode.HelpBuilder;

namespace OpenCode.Tests.Unit.HelpBuilder;

/// <summary>A page of a cmdlet becomes MAML, and nothing in it is passed over.</summary>
public sealed class CommandPageTests
{
    private const string File = "docs/Get-Thing.md";

    private const string Whole =
        """
        ---
        external help file: Things.dll-Help.xml
        Module Name: Things
        online version:
        schema: 2.0.0
        ---

        # Get-Thing

        ## SYNOPSIS

        Gets a thing by its `name`.

        ## SYNTAX

        ### All (Default)

        ```
        Get-Thing [-Kind <Kind>]
         [<CommonParameters>]
        ```

        ### One

        ```
        Get-Thing [-Name] <String[]> [-Kind <Kind>] [<CommonParameters>]
        ```

        ## DESCRIPTION

        It is said at some
        length, \*so\*.

        - a first
          point
        - a second

        ## EXAMPLES

        ### Example 1: All of them

        Before.

        ```powershell
        Get-Thing |
            Sort-Object
        ```

        ```output
          a

        b
        ```

        After.

        ### Example 2: One

        ```powershell
        Get-Thing a
        ```

        ```output
        a
        ```

        ## PARAMETERS

        ### -Name

        Its name.

        ```yaml
        Type: String[]
        Parameter Sets: One
        Aliases: Id, Key

        Required: True
        Position: 0
        Default value: None
        Accept pipeline input: True (ByPropertyName, ByValue)
        Accept wildcard characters: True
        ```

        ### -Kind

        Its kind.

        ```yaml
        Type: Kind
        Parameter Sets: (All)
        Aliases:
        Accepted values: Big, Small

        Required: False
        Position: Named
        Default value: Big
        Accept pipeline input: False
        Accept wildcard characters: False
        ```

        ### CommonParameters

        There are some.

        ## INPUTS

        ### System.String

        A name.

        ## OUTPUTS

        ### Things.Thing

        A thing.

        ## NOTES

        None.

        ## RELATED LINKS

        [Set-Thing](Set-Thing.md)

        [The web](https://example.org/things)
        """;

    private static readonly XNamespace s_command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace s_maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace s_dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    [Fact]
    public void Page_becomesMaml()
    {
        var command = Maml().Root!.Element(s_command + "command")!;
        var details = command.Element(s_command + "details")!;
        Assert.Equal(["Get-Thing", "Get", "Thing", "Gets a thing by its name."], details.Elements().Select(static e => e.Value));
        Assert.Equal(["It is said at some length, *so*.", "- a first point\n- a second"], Paragraphs(command.Element(s_maml + "description")!));

        var sets = command.Element(s_command + "syntax")!.Elements(s_command + "syntaxItem").ToArray();
        Assert.Equal([["Kind"], ["Name", "Kind"]], sets.Select(static set => set.Elements(s_command + "parameter").Select(static p => p.Element(s_maml + "name")!.Value)));
        Assert.Equal(["Big", "Small"], sets[0].Descendants(s_command + "parameterValueGroup").Single().Elements().Select(static e => e.Value));

        var name = command.Element(s_command + "parameters")!.Elements().First();
        Assert.Equal(
            ["required=true", "variableLength=true", "globbing=true", "pipelineInput=True (ByPropertyName, ByValue)", "position=0", "aliases=Id, Key"],
            name.Attributes().Select(static a => $"{a.Name}={a.Value}"));
        Assert.Equal(["String[]", "None"], [name.Element(s_dev + "type")!.Element(s_maml + "name")!.Value, name.Element(s_dev + "defaultValue")!.Value]);

        var example = command.Element(s_command + "examples")!.Elements().First();
        Assert.Contains("- Example 1: All of them -", example.Element(s_maml + "title")!.Value);
        Assert.Equal("Get-Thing |\n    Sort-Object", example.Element(s_dev + "code")!.Value);
        Assert.Equal(["  a\n\nb", "After.", ""], Paragraphs(example.Element(s_dev + "remarks")!));
        Assert.Equal(["Set-Thing", "", "The web", "https://example.org/things"], command.Element(s_command + "relatedLinks")!.Descendants().Where(static e => !e.HasElements).Select(static e => e.Value));
    }

    [Theory]
    [InlineData("schema: 2.0.0", "schema: 1.0.0", "---", "schema 2.0.0")]
    [InlineData("Module Name: Things\n", "", "---", "front matter")]
    [InlineData("# Get-Thing\n\n## SYN", "# Get-Things\n\n## SYN", "# Get-Things", "as its file is named")]
    [InlineData("## DESCRIPTION", "## DESCRIBTION", "## DESCRIBTION", "'## DESCRIPTION' is wanted here")]
    [InlineData("## NOTES\n\nNone.\n\n", "", "## RELATED LINKS", "'## NOTES' is wanted here")]
    [InlineData("None.\n\n## RELATED", "## RELATED", "## NOTES", "'NOTES' has to be text")]
    [InlineData("### Example 2: One", "### Example two", "### Example two", "The heading of an example")]
    [InlineData("```output\na\n```", "It is so.", "### Example 2", "right behind it")]
    [InlineData("Its kind.\n\n", "", "### -Kind", "'-Kind' is not described")]
    [InlineData("Required: True\n", "", "```yaml\nType: String[]", "The key 'Required' is missing")]
    [InlineData("Required: True", "Required: Yes", "Required: Yes", "It is one of: True; False")]
    [InlineData("Accepted values", "Accepted value", "Accepted value", "The key 'Accepted value' is not known")]
    [InlineData("Position: Named", "Position: Nowhere", "Position: Nowhere", "'Position: Nowhere' is not known")]
    [InlineData("Parameter Sets: One", "Parameter Sets: Two", "## PARAMETERS", "'Two', which has no syntax")]
    [InlineData("Parameter Sets: One", "Parameter Sets: (All)", "```\nGet-Thing [-Kind", "'-Name' is in this syntax or in the descriptions, and not in both")]
    [InlineData("[-Name] <String[]> ", "", "```\nGet-Thing [-Kind <Kind>] [<Common", "'-Name' is in this syntax")]
    [InlineData("Get-Thing a\n```\n\n```output\na\n```\n\n## PARAMETERS", "Get-Thing a\n\n## PARAMETERS", "```powershell\nGet-Thing a", "fence that begins here is not closed")]
    [InlineData("by its `name`", "by its `name", "Gets a thing", "backtick is not closed")]
    [InlineData(@"\*so\*", "*so*", "It is said", "A '*' stands in text")]
    [InlineData("It is said", "    It is said", "    It is said", "Only these are known")]
    [InlineData("It is said", "<br>It is said", "<br>It is said", "Only these are known")]
    [InlineData("A thing.", "A\tthing.", "A\tthing.", "control character")]
    public void Page_thatIsNotWhole_isRefusedWithItsLine(string text, string instead, string blamed, string reason)
    {
        Assert.Contains(text, Whole);
        var broken = Whole.Replace(text, instead, StringComparison.Ordinal);
        var line = broken[..broken.IndexOf(blamed, StringComparison.Ordinal)].Count(static c => c == '\n') + 1;
        var error = Assert.Throws<PageException>(() => Read(broken));
        Assert.StartsWith($"{File}({line}): error OCHELP: ", error.Message);
        Assert.Contains(reason, error.Message);
    }

    [Fact]
    public void Page_withOneExample_isRefused()
    {
        var cut = Whole[..Whole.IndexOf("### Example 2", StringComparison.Ordinal)] + Whole[Whole.IndexOf("## PARAMETERS", StringComparison.Ordinal)..];
        Assert.Contains("At least two examples", Assert.Throws<PageException>(() => Read(cut)).Message);
    }

    private static CommandPage Read(string text) => new CommandPageReader(PageReader.Read(File, text.Split('\n'))).Read();

    private static XDocument Maml()
    {
        using var text = new StringWriter();
        using (var xml = XmlWriter.Create(text, new XmlWriterSettings { Indent = true }))
        {
            new MamlWriter(xml).Write([Read(Whole)]);
        }

        return XDocument.Parse(text.ToString());
    }

    private static IEnumerable<string> Paragraphs(XElement element) => element.Elements(s_maml + "para").Select(static para => para.Value);
}
