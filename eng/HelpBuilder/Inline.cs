using System.Text;

namespace OpenCode.HelpBuilder;

/// <summary>The marks inside a line of text: code, bold, links and escapes. Help at the prompt is plain text, so they are taken off.</summary>
/// <param name="file">The page, for errors.</param>
public sealed class Inline(string file)
{
    private readonly List<Link> _links = [];

    /// <summary>The links that were met.</summary>
    public IReadOnlyList<Link> Links => _links;

    /// <summary>The text without its marks. A link becomes its words, with the address behind them when it leads to the web.</summary>
    /// <exception cref="PageException">A mark is not closed, or is none that is known.</exception>
    public string Plain(string text, int line)
    {
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '`':
                    var code = Until(text, i + 1, "`", line, "A backtick is not closed.");
                    plain.Append(text, i + 1, code - i - 1);
                    i = code;
                    break;
                case '*' when text.AsSpan(i).StartsWith("**"):
                    var bold = Until(text, i + 2, "**", line, "'**' is not closed.");
                    plain.Append(Plain(text[(i + 2)..bold], line));
                    i = bold + 1;
                    break;
                case '[':
                    var middle = Until(text, i + 1, "](", line, "A '[' begins no link. Write it in backticks or as '\\['.");
                    var end = Until(text, middle + 2, ")", line, "The address of a link is not closed.");
                    var link = new Link(line, Plain(text[(i + 1)..middle], line), text[(middle + 2)..end]);
                    _links.Add(link);
                    plain.Append(link.IsWeb && link.Text != link.Address ? $"{link.Text} ({link.Address})" : link.Text);
                    i = end;
                    break;
                case '\\' when i + 1 < text.Length && char.IsPunctuation(text[i + 1]):
                    plain.Append(text[++i]);
                    break;
                case '*' or '<':
                    throw new PageException(file, line, $"A '{text[i]}' stands in text. Write it in backticks or with a backslash before it.");
                default:
                    plain.Append(text[i]);
                    break;
            }
        }

        return plain.ToString();
    }

    private int Until(string text, int start, string mark, int line, string problem)
    {
        var end = text.IndexOf(mark, start, StringComparison.Ordinal);
        return end >= 0 ? end : throw new PageException(file, line, problem);
    }
}
