using System.Globalization;
using System.Text;

namespace OpenCode.Layers;

/// <summary>
/// The Markdown of decisions.md, both ways. Agent, decision and metadata are one line each; the reasoning keeps its lines.
/// What would read as structure is written so that it does not: a line break in a one-line field as <c>&lt;br&gt;</c>, a carriage
/// return as <c>&amp;#13;</c>, and a reasoning line that begins like a heading or like the metadata with a backslash.
/// </summary>
internal static class DecisionText
{
    public const string Header = "# Decisions\n";

    private const string Heading = "## ";
    private const string Agent = "**Agent**: ";
    private const string Text = "**Decision**: ";
    private const string Metadata = "**Metadata**: ";

    private const string Break = "<br>";
    private const string CarriageReturn = "&#13;";
    private const string Ampersand = "&amp;";
    private const string Less = "&lt;";

    /// <summary>An entry with the blank line before it.</summary>
    public static string Format(Decision decision)
    {
        var text = new StringBuilder();
        text.Append('\n').Append(Heading).Append(Words.Of(decision.Timestamp)).Append("\n\n");
        text.Append(Agent).Append(Encode(decision.AgentId, breaks: true)).Append("\n\n");
        text.Append(Text).Append(Encode(decision.Text, breaks: true)).Append("\n\n");
        if (decision.Reasoning is { } reasoning)
        {
            foreach (var line in reasoning.Split('\n'))
            {
                text.Append(IsStructure(line) ? "\\" : "").Append(Encode(line, breaks: false)).Append('\n');
            }

            text.Append('\n');
        }

        return text.Append(Metadata).Append(decision.Metadata).Append('\n').ToString();
    }

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="FormatException">Not of the form; the message names the line.</exception>
    public static IReadOnlyList<Decision> Parse(string contents)
    {
        // A carriage return of ours is written as an entity: one that stands in the file came with an editor's line breaks.
        var lines = contents.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n');
        var decisions = new List<Decision>();
        var at = 0;
        while (at < lines.Length && !lines[at].StartsWith(Heading, StringComparison.Ordinal))
        {
            // The file's own heading, and whatever stands before the first decision; but no decision that has lost its heading.
            if (lines[at].StartsWith(Agent, StringComparison.Ordinal) || lines[at].StartsWith(Text, StringComparison.Ordinal) || lines[at].StartsWith(Metadata, StringComparison.Ordinal))
            {
                throw Bad(at, "below the heading of a decision");
            }

            at++;
        }

        while (at < lines.Length)
        {
            decisions.Add(Entry(lines, ref at));
        }

        return decisions;
    }

    /// <summary>The entries of a damaged file that are whole by themselves.</summary>
    public static IReadOnlyList<Decision> Salvage(string contents)
    {
        var decisions = new List<Decision>();
        foreach (var part in ("\n" + contents).Split("\n" + Heading).Skip(1))
        {
            try
            {
                decisions.AddRange(Parse(Heading + part.TrimEnd('\n') + '\n'));
            }
            catch (Exception e) when (e is FormatException or OpenCodeException)
            {
                // This one is not whole; the damaged file is kept for whoever can read it.
            }
        }

        return decisions;
    }

    /// <summary>The length of the beginning of a file that ends with a whole entry, or the whole length when there is none to cut.</summary>
    public static int WholeLength(ReadOnlySpan<byte> contents)
    {
        if (contents.EndsWith("\n"u8))
        {
            var lastLine = contents[..^1];
            lastLine = lastLine[(lastLine.LastIndexOf((byte)'\n') + 1)..];
            if (lastLine.StartsWith("**Metadata**: {"u8) || contents.SequenceEqual(Encoding.UTF8.GetBytes(Header)))
            {
                return contents.Length;
            }
        }

        var metadata = contents.LastIndexOf("\n**Metadata**: {"u8);
        while (metadata >= 0)
        {
            var end = contents[(metadata + 1)..].IndexOf((byte)'\n');
            if (end >= 0)
            {
                return metadata + 1 + end + 1;
            }

            metadata = contents[..metadata].LastIndexOf("\n**Metadata**: {"u8);
        }

        var header = Encoding.UTF8.GetBytes(Header);
        return contents.StartsWith(header) ? header.Length : 0;
    }

    private static Decision Entry(string[] lines, ref int at)
    {
        if (!DateTimeOffset.TryParseExact(lines[at][Heading.Length..], "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            throw Bad(at, "a heading with a time such as 2026-01-31T12:00:00.000Z");
        }

        at++;
        Blank(lines, ref at);
        var agent = Field(lines, ref at, Agent);
        Blank(lines, ref at);
        var text = Field(lines, ref at, Text);
        Blank(lines, ref at);
        var reasoning = new List<string>();
        while (at < lines.Length && !lines[at].StartsWith(Metadata, StringComparison.Ordinal))
        {
            var line = lines[at].StartsWith('\\') && IsStructure(lines[at][1..]) ? lines[at][1..] : lines[at];
            reasoning.Add(Decode(line, breaks: false));
            at++;
        }

        if (at >= lines.Length || (reasoning.Count > 0 && reasoning[^1].Length > 0) || reasoning.Count == 1)
        {
            throw Bad(at, "the metadata after a blank line");
        }

        var metadata = Members(lines, at++);
        if (at < lines.Length)
        {
            Blank(lines, ref at);
        }

        if (at < lines.Length && !lines[at].StartsWith(Heading, StringComparison.Ordinal))
        {
            throw Bad(at, "the heading of the next decision");
        }

        return new Decision
        {
            Timestamp = time,
            AgentId = Decode(agent, breaks: true),
            Text = Decode(text, breaks: true),
            Reasoning = reasoning.Count == 0 ? null : string.Join('\n', reasoning.SkipLast(1)),
            Metadata = metadata,
        };
    }

    private static JsonMap Members(string[] lines, int at)
    {
        try
        {
            return JsonMap.Parse(lines[at][Metadata.Length..]);
        }
        catch (OpenCodeException)
        {
            throw Bad(at, "metadata that are one JSON object");
        }
    }

    private static bool IsStructure(string line)
    {
        var rest = line.AsSpan().TrimStart('\\');
        return rest.StartsWith(Heading, StringComparison.Ordinal) || rest.StartsWith(Metadata, StringComparison.Ordinal);
    }

    // Escapes only what would be read as something else, so that ordinary text stays as it was typed.
    private static string Encode(string text, bool breaks)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var rest = text.AsSpan(i);
            _ = text[i] switch
            {
                '\r' => result.Append(CarriageReturn),
                '\n' when breaks => result.Append(Break),
                '<' when breaks && rest.StartsWith(Break, StringComparison.Ordinal) => result.Append(Less),
                '&' when Entity(rest) is not null => result.Append(Ampersand),
                _ => result.Append(text[i]),
            };
        }

        return result.ToString();
    }

    private static string Decode(string text, bool breaks)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var rest = text.AsSpan(i);
            if (breaks && rest.StartsWith(Break, StringComparison.Ordinal))
            {
                result.Append('\n');
                i += Break.Length - 1;
            }
            else if (Entity(rest) is { } entity)
            {
                result.Append(entity switch { CarriageReturn => '\r', Less => '<', _ => '&' });
                i += entity.Length - 1;
            }
            else
            {
                result.Append(text[i]);
            }
        }

        return result.ToString();
    }

    private static string? Entity(ReadOnlySpan<char> text) =>
        text.StartsWith(CarriageReturn, StringComparison.Ordinal) ? CarriageReturn
        : text.StartsWith(Ampersand, StringComparison.Ordinal) ? Ampersand
        : text.StartsWith(Less, StringComparison.Ordinal) ? Less
        : null;

    private static string Field(string[] lines, ref int at, string name) => at < lines.Length && lines[at].StartsWith(name, StringComparison.Ordinal)
        ? lines[at++][name.Length..]
        : throw Bad(at, $"'{name.Trim()}'");

    private static void Blank(string[] lines, ref int at)
    {
        if (at >= lines.Length || lines[at].Length > 0)
        {
            throw Bad(at, "a blank line");
        }

        at++;
    }

    private static FormatException Bad(int at, string expected) => new(string.Create(CultureInfo.InvariantCulture, $"line {at + 1} is not {expected}"));
}
