using System.Text.RegularExpressions;

namespace OpenCode.HelpBuilder;

/// <summary>Reads a cmdlet's page in platyPS's layout (schema 2.0.0), which has to be complete.</summary>
/// <param name="page">The page.</param>
public sealed partial class CommandPageReader(Page page)
{
    private const string Default = " (Default)";

    private static readonly string[] s_sections = ["SYNOPSIS", "SYNTAX", "DESCRIPTION", "EXAMPLES", "PARAMETERS", "INPUTS", "OUTPUTS", "NOTES", "RELATED LINKS"];
    private static readonly string[] s_front = ["external help file", "Module Name", "online version", "schema"];

    /// <summary>The cmdlet's help.</summary>
    /// <exception cref="PageException">Something is missing, or is not where it belongs.</exception>
    public CommandPage Read()
    {
        if (!page.Front.Keys.Order().SequenceEqual(s_front.Order()) || page.Front["schema"] != "2.0.0")
        {
            throw page.Error(1, $"The front matter has to have just the keys {string.Join(", ", s_front.Select(static key => $"'{key}'"))}, and the schema 2.0.0.");
        }

        var name = page.Title();
        var sections = Sections();
        var command = new CommandPage
        {
            Name = name,
            HelpFile = page.Front["external help file"],
            OnlineVersion = page.Front["online version"],
            Synopsis = sections["SYNOPSIS"] is [Paragraph synopsis] ? synopsis.Text : throw page.Error(Line("SYNOPSIS"), "The synopsis has to be one paragraph."),
            Syntax = Syntax(sections["SYNTAX"], name),
            Description = Text("DESCRIPTION", sections["DESCRIPTION"]),
            Examples = [.. Parts("EXAMPLES", sections["EXAMPLES"]).Select(part => Example(part.Head, part.Body))],
            Parameters = [.. Parts("PARAMETERS", sections["PARAMETERS"]).Where(static part => part.Head.Text != "CommonParameters").Select(part => Parameter(part.Head, part.Body))],
            Inputs = Types("INPUTS", sections["INPUTS"]),
            Outputs = Types("OUTPUTS", sections["OUTPUTS"]),
            Notes = Text("NOTES", sections["NOTES"]),
            Links = RelatedLinks(sections["RELATED LINKS"]),
        };
        if (command.Examples.Count < 2)
        {
            throw page.Error(Line("EXAMPLES"), "At least two examples are wanted.");
        }

        CheckParameters(command);
        return command;
    }

    private int Line(string section) => page.Blocks.OfType<Heading>().First(heading => heading.Level == 2 && heading.Text == section).Line;

    private Dictionary<string, List<Block>> Sections()
    {
        var sections = new Dictionary<string, List<Block>>(StringComparer.Ordinal);
        var next = 0;
        foreach (var block in page.Blocks.Skip(1))
        {
            if (block is Heading { Level: < 3 } heading)
            {
                if (next == s_sections.Length || heading.Level != 2 || heading.Text != s_sections[next])
                {
                    throw page.Error(heading.Line, next == s_sections.Length
                        ? $"Nothing follows '## {s_sections[^1]}'."
                        : $"'## {s_sections[next]}' is wanted here and not '{heading.Text}'. The sections are, in this order: {string.Join(", ", s_sections)}.");
                }

                sections.Add(s_sections[next++], []);
            }
            else if (next == 0)
            {
                throw page.Error(block.Line, $"'## {s_sections[0]}' is wanted here.");
            }
            else
            {
                sections[s_sections[next - 1]].Add(block);
            }
        }

        return next == s_sections.Length ? sections : throw page.Error(page.Blocks[^1].Line, $"The page ends without '## {s_sections[next]}'.");
    }

    private List<Block> Text(string section, List<Block> blocks) =>
        blocks.Count > 0 && blocks.TrueForAll(static block => block is not Heading) ? blocks : throw page.Error(Line(section), $"'{section}' has to be text without headings.");

    private List<(Heading Head, List<Block> Body)> Parts(string section, List<Block> blocks)
    {
        var parts = new List<(Heading Head, List<Block> Body)>();
        foreach (var block in blocks)
        {
            if (block is Heading heading)
            {
                parts.Add((heading, []));
            }
            else if (parts.Count == 0)
            {
                throw page.Error(block.Line, $"In '{section}', everything stands under a heading of the third level.");
            }
            else
            {
                parts[^1].Body.Add(block);
            }
        }

        return parts.Find(static part => part.Body.Count == 0).Head is { } empty ? throw page.Error(empty.Line, $"Nothing is said about '{empty.Text}'.") : parts;
    }

    private List<SyntaxSet> Syntax(List<Block> blocks, string command)
    {
        if (blocks is [Fence only])
        {
            return [Syntax(null, false, only, command)];
        }

        return [.. Parts("SYNTAX", blocks).Select(part => Syntax(
            part.Head.Text.Replace(Default, "", StringComparison.Ordinal),
            part.Head.Text.EndsWith(Default, StringComparison.Ordinal),
            part.Body is [var one] ? one : throw page.Error(part.Head.Line, "A parameter set has one syntax."),
            command))];
    }

    private SyntaxSet Syntax(string? name, bool isDefault, Block block, string command)
    {
        var text = block is Fence { Language: "" } fence ? string.Join(' ', fence.Lines.Select(static line => line.Trim())) : "";
        return text.StartsWith(command + " ", StringComparison.Ordinal) && text.EndsWith(" [<CommonParameters>]", StringComparison.Ordinal)
            ? new SyntaxSet(name, isDefault, text, [.. SyntaxParameter().Matches(text).Select(static match => match.Groups[1].Value)], block.Line)
            : throw page.Error(block.Line, $"A syntax is a fence without a language; it begins with '{command}' and ends with '[<CommonParameters>]', as 'Get-Command {command} -Syntax' gives it.");
    }

    private Example Example(Heading head, List<Block> body)
    {
        if (!ExampleTitle().IsMatch(head.Text))
        {
            throw page.Error(head.Line, "The heading of an example is '### Example 1: What it shows'.");
        }

        var code = body.FindIndex(static block => block is Fence { Language: "powershell" });
        return code >= 0 && code + 1 < body.Count && body[code + 1] is Fence { Language: "output" } output && body.Count(static block => block is Fence) == 2
            ? new Example(head.Text, body[..code], ((Fence)body[code]).Text, output.Text, body[(code + 2)..])
            : throw page.Error(head.Line, "An example has one fence 'powershell' with the code and, right behind it, one fence 'output' with what it writes.");
    }

    private ParameterEntry Parameter(Heading head, List<Block> body)
    {
        var facts = body.OfType<Fence>().Where(static fence => fence.Language == "yaml").ToArray();
        var description = body[..^facts.Length];
        if (!head.Text.StartsWith('-') || facts.Length == 0 || description.Exists(static block => block is Fence { Language: "yaml" }))
        {
            throw page.Error(head.Line, "The heading of a parameter is '### -Name'; its description follows, and at the end a fence 'yaml'.");
        }

        return description.Count > 0
            ? new ParameterEntry(head.Text[1..], description, [.. facts.Select(fence => ParameterFacts.Read(page, fence))])
            : throw page.Error(head.Line, $"The parameter '{head.Text}' is not described.");
    }

    private List<TypeEntry> Types(string section, List<Block> blocks) =>
        blocks.Count > 0 ? [.. Parts(section, blocks).Select(static part => new TypeEntry(part.Head.Text, part.Body))] : throw page.Error(Line(section), $"'{section}' names at least one type, or 'None'.");

    private List<Link> RelatedLinks(List<Block> blocks)
    {
        var line = Line("RELATED LINKS");
        List<Link> links = [.. page.Links.Where(link => link.Line > line)];
        return links.Count > 0 && links.Count == blocks.Count && blocks.TrueForAll(block => block is Paragraph paragraph && links.Exists(link => link.Line == block.Line))
            ? links
            : throw page.Error(line, "The related links are links and nothing else, each a paragraph.");
    }

    private void CheckParameters(CommandPage command)
    {
        var names = command.Parameters.Select(static parameter => parameter.Name).ToArray();
        if (names.Distinct(StringComparer.OrdinalIgnoreCase).Count() != names.Length)
        {
            throw page.Error(Line("PARAMETERS"), "A parameter is described twice.");
        }

        var sets = command.Syntax.Select(static set => set.Name).ToHashSet();
        foreach (var parameter in command.Parameters)
        {
            if (parameter.Facts.SelectMany(static facts => facts.Sets ?? []).FirstOrDefault(set => !sets.Contains(set)) is { } unknown)
            {
                throw page.Error(Line("PARAMETERS"), $"The parameter '-{parameter.Name}' is said to be in the set '{unknown}', which has no syntax.");
            }
        }

        foreach (var set in command.Syntax)
        {
            string[] described = [.. command.Parameters.Where(parameter => parameter.In(set) is not null).Select(static parameter => parameter.Name)];
            if (set.Parameters.Except(described).Concat(described.Except(set.Parameters)).FirstOrDefault() is { } odd)
            {
                throw page.Error(set.Line, $"The parameter '-{odd}' is in this syntax or in the descriptions, and not in both.");
            }
        }
    }

    [GeneratedRegex(@"(?<=[\s\[])-(\w+)")]
    private static partial Regex SyntaxParameter();

    [GeneratedRegex(@"^Example \d+: \S")]
    private static partial Regex ExampleTitle();
}
