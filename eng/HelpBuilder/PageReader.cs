using System.Text.RegularExpressions;

namespace OpenCode.HelpBuilder;

/// <summary>
/// Reads a page line by line. Only what our pages are made of is known: front matter, headings of three levels, paragraphs, flat lists, fences and
/// tables. Anything else is refused with its line, so that nothing gets lost on the way to the prompt.
/// </summary>
public sealed partial class PageReader
{
    private readonly string _file;
    private readonly string[] _lines;
    private readonly Inline _inline;
    private readonly List<Block> _blocks = [];
    private int _at;

    private PageReader(string file, string[] lines) => (_file, _lines, _inline) = (file, lines, new Inline(file));

    private int Line => _at + 1;

    /// <summary>Reads a file.</summary>
    /// <exception cref="PageException">The page has something that is not known here.</exception>
    public static Page Read(string file) => Read(file, File.ReadAllLines(file));

    /// <summary>Reads lines as those of a file.</summary>
    /// <exception cref="PageException">As for a file.</exception>
    public static Page Read(string file, string[] lines)
    {
        var reader = new PageReader(file, lines);
        if (Array.FindIndex(lines, static line => line.Any(char.IsControl)) is >= 0 and var control)
        {
            throw new PageException(file, control + 1, "The line has a tab or another control character.");
        }

        var front = reader.ReadFront();
        while (reader._at < lines.Length)
        {
            reader.ReadBlock();
        }

        return new Page(file, front, reader._blocks, reader._inline.Links);
    }

    private Dictionary<string, string> ReadFront()
    {
        var front = new Dictionary<string, string>(StringComparer.Ordinal);
        if (_lines is not ["---", ..])
        {
            return front;
        }

        for (_at = 1; _at < _lines.Length && _lines[_at] != "---"; _at++)
        {
            var colon = _lines[_at].IndexOf(':', StringComparison.Ordinal);
            if (colon < 1 || !front.TryAdd(_lines[_at][..colon], _lines[_at][(colon + 1)..].Trim()))
            {
                throw Error("A line of the front matter is 'key: value', and each key is there once.");
            }
        }

        if (_at++ == _lines.Length)
        {
            throw new PageException(_file, 1, "The front matter is not closed with '---'.");
        }

        return front;
    }

    private void ReadBlock()
    {
        var text = _lines[_at];
        if (text.Length == 0)
        {
            _at++;
        }
        else if (text[0] == '#')
        {
            ReadHeading(text);
        }
        else if (text.StartsWith("```", StringComparison.Ordinal))
        {
            ReadFence(text[3..]);
        }
        else if (text[0] == '|')
        {
            ReadTable();
        }
        else if (Item().IsMatch(text))
        {
            ReadListing();
        }
        else if (char.IsWhiteSpace(text[0]) || text[0] is '>' or '<' or '!' || text is "---")
        {
            throw Error("This is none of: heading, paragraph, list, fence or table. Only these are known to help pages.");
        }
        else
        {
            var line = Line;
            _blocks.Add(new Paragraph(line, _inline.Plain(string.Join(' ', Run(static l => !Begins(l))), line)));
        }
    }

    private void ReadHeading(string text)
    {
        var level = text.TakeWhile(static c => c == '#').Count();
        if (level > 3 || text.Length < level + 2 || text[level] != ' ')
        {
            throw Error("A heading is one to three '#', a space and its words.");
        }

        _blocks.Add(new Heading(Line, level, _inline.Plain(text[(level + 1)..].Trim(), Line)));
        _at++;
    }

    private void ReadFence(string language)
    {
        var line = Line;
        _at++;
        string[] inside = [.. Run(static l => !l.StartsWith("```", StringComparison.Ordinal))];
        if (_at == _lines.Length || _lines[_at] != "```")
        {
            throw new PageException(_file, line, "The fence that begins here is not closed with '```'.");
        }

        _at++;
        _blocks.Add(new Fence(line, language.Trim(), inside));
    }

    private void ReadTable()
    {
        var line = Line;
        var rows = new List<IReadOnlyList<string>>();
        for (; _at < _lines.Length && _lines[_at].StartsWith('|'); _at++)
        {
            var text = _lines[_at].TrimEnd();
            if (text.Length < 2 || text[^1] != '|')
            {
                throw Error("A row of a table ends with '|'.");
            }

            string[] cells = [.. CellEnd().Split(text[1..^1]).Select(static cell => cell.Trim().Replace("\\|", "|", StringComparison.Ordinal))];
            if (rows.Count > 0 && cells.Length != rows[0].Count)
            {
                throw Error($"The row has {cells.Length} cells, and the head of the table {rows[0].Count}.");
            }

            rows.Add(_at == line ? cells : [.. cells.Select(cell => _inline.Plain(cell, Line))]);
        }

        if (rows.Count < 3 || !rows[1].All(static cell => Rule().IsMatch(cell)))
        {
            throw new PageException(_file, line, "A table has a head, a line of dashes and at least one row.");
        }

        rows.RemoveAt(1);
        _blocks.Add(new Table(line, rows));
    }

    private void ReadListing()
    {
        var line = Line;
        var items = new List<(string, string)>();
        while (_at < _lines.Length && Item().Match(_lines[_at]) is { Success: true } item)
        {
            var first = Line;
            _at++;
            var words = Run(static l => l.StartsWith("  ", StringComparison.Ordinal) && !Item().IsMatch(l.TrimStart())).Select(static l => l.Trim());
            items.Add((item.Groups[1].Value, _inline.Plain(string.Join(' ', words.Prepend(item.Groups[2].Value)), first)));
        }

        _blocks.Add(new Listing(line, items));
    }

    // Whether a line begins something else than it continues.
    private static bool Begins(string line) => line.Length == 0 || line[0] is '#' or '|' || line.StartsWith("```", StringComparison.Ordinal) || Item().IsMatch(line);

    private List<string> Run(Func<string, bool> belongs)
    {
        var run = new List<string>();
        for (; _at < _lines.Length && belongs(_lines[_at]); _at++)
        {
            run.Add(_lines[_at]);
        }

        return run;
    }

    private PageException Error(string reason) => new(_file, Line, reason);

    [GeneratedRegex(@"^(-|\d+\.) +(\S.*)$")]
    private static partial Regex Item();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex CellEnd();

    [GeneratedRegex("^:?-+:?$")]
    private static partial Regex Rule();
}
