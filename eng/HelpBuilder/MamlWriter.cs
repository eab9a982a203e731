using System.Globalization;
using System.Xml;

namespace OpenCode.HelpBuilder;

/// <summary>Writes the help of cmdlets in the form that Get-Help reads.</summary>
/// <param name="xml">Where to.</param>
public sealed class MamlWriter(XmlWriter xml)
{
    private const string Maml = "http://schemas.microsoft.com/maml/2004/10";
    private const string Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private const string Dev = "http://schemas.microsoft.com/maml/dev/2004/10";
    private const int TitleWidth = 76;

    /// <summary>Writes the whole document.</summary>
    public void Write(IEnumerable<CommandPage> pages)
    {
        xml.WriteStartDocument();
        xml.WriteStartElement("helpItems", "http://msh");
        xml.WriteAttributeString("schema", "maml");
        xml.WriteAttributeString("xmlns", "maml", null, Maml);
        xml.WriteAttributeString("xmlns", "command", null, Command);
        xml.WriteAttributeString("xmlns", "dev", null, Dev);
        foreach (var page in pages)
        {
            Write(page);
        }

        xml.WriteEndElement();
        xml.WriteEndDocument();
    }

    private void Write(CommandPage page)
    {
        var dash = page.Name.IndexOf('-', StringComparison.Ordinal);
        Element(Command, "command", () =>
        {
            Element(Command, "details", () =>
            {
                Text(Command, "name", page.Name);
                Text(Command, "verb", page.Name[..dash]);
                Text(Command, "noun", page.Name[(dash + 1)..]);
                Element(Maml, "description", () => Text(Maml, "para", page.Synopsis));
            });
            Blocks(Maml, "description", page.Description);
            Element(Command, "syntax", () => Each(page.Syntax, set => SyntaxItem(page, set)));
            Element(Command, "parameters", () => Each(page.Parameters, parameter => Parameter(parameter, parameter.Facts[0], false)));
            Element(Command, "inputTypes", () => Each(page.Inputs, type => Type("inputType", type)));
            Element(Command, "returnValues", () => Each(page.Outputs, type => Type("returnValue", type)));
            Element(Maml, "alertSet", () => Blocks(Maml, "alert", page.Notes));
            Element(Command, "examples", () => Each(page.Examples, Example));
            Element(Command, "relatedLinks", () =>
            {
                if (page.OnlineVersion.Length > 0)
                {
                    Link("Online Version:", page.OnlineVersion);
                }

                Each(page.Links, link => Link(link.Text, link.IsWeb ? link.Address : ""));
            });
        });
    }

    private void SyntaxItem(CommandPage page, SyntaxSet set) => Element(Command, "syntaxItem", () =>
    {
        Text(Maml, "name", page.Name);
        foreach (var parameter in set.Parameters.Select(name => page.Parameters.Single(parameter => parameter.Name == name)))
        {
            Parameter(parameter, parameter.In(set)!, true);
        }
    });

    private void Parameter(ParameterEntry parameter, ParameterFacts facts, bool inSyntax) => Element(Command, "parameter", () =>
    {
        var array = facts.Type.EndsWith("[]", StringComparison.Ordinal);
        xml.WriteAttributeString("required", facts.Required ? "true" : "false");
        xml.WriteAttributeString("variableLength", array ? "true" : "false");
        xml.WriteAttributeString("globbing", facts.Wildcards ? "true" : "false");
        xml.WriteAttributeString("pipelineInput", facts.Pipeline);
        xml.WriteAttributeString("position", facts.Position?.ToString(CultureInfo.InvariantCulture) ?? "named");
        xml.WriteAttributeString("aliases", facts.Aliases.Count > 0 ? string.Join(", ", facts.Aliases) : "none");
        Text(Maml, "name", parameter.Name);
        Blocks(Maml, "description", parameter.Description);
        if (inSyntax && facts.Values.Count > 0)
        {
            Element(Command, "parameterValueGroup", () => Each(facts.Values, value => Value(value, false, false)));
        }

        // In a syntax, what has a value behind it is no switch.
        if (!inSyntax || !facts.IsSwitch)
        {
            Value(facts.Type, !facts.IsSwitch, array);
        }

        Element(Dev, "type", () =>
        {
            Text(Maml, "name", facts.Type);
            Text(Maml, "uri", "");
        });
        Text(Dev, "defaultValue", facts.Default);
    });

    private void Value(string text, bool required, bool variableLength)
    {
        xml.WriteStartElement("command", "parameterValue", Command);
        xml.WriteAttributeString("required", required ? "true" : "false");
        xml.WriteAttributeString("variableLength", variableLength ? "true" : "false");
        xml.WriteString(text);
        xml.WriteEndElement();
    }

    private void Type(string element, TypeEntry type) => Element(Command, element, () =>
    {
        Element(Dev, "type", () => Text(Maml, "name", type.Name));
        Blocks(Maml, "description", type.Description);
    });

    private void Example(Example example) => Element(Command, "example", () =>
    {
        var rule = new string('-', Math.Max((TitleWidth - example.Title.Length - 2) / 2, 3));
        Text(Maml, "title", $"{rule} {example.Title} {rule}");
        Blocks(Maml, "introduction", example.Introduction);
        Text(Dev, "code", example.Code);
        Element(Dev, "remarks", () =>
        {
            Text(Maml, "para", example.Output);
            Each(example.Remarks, block => Text(Maml, "para", BlockText.Of(block)));

            // Shown as a blank line before the next example.
            Text(Maml, "para", "");
        });
    });

    private void Link(string text, string address) => Element(Maml, "navigationLink", () =>
    {
        Text(Maml, "linkText", text);
        Text(Maml, "uri", address);
    });

    private void Blocks(string space, string name, IReadOnlyList<Block> blocks) => Element(space, name, () => Each(blocks, block => Text(Maml, "para", BlockText.Of(block))));

    private static void Each<T>(IEnumerable<T> items, Action<T> write)
    {
        foreach (var item in items)
        {
            write(item);
        }
    }

    private void Element(string space, string name, Action inside)
    {
        xml.WriteStartElement(xml.LookupPrefix(space), name, space);
        inside();
        xml.WriteEndElement();
    }

    private void Text(string space, string name, string text) => xml.WriteElementString(xml.LookupPrefix(space), name, space, text);
}
