using System.Globalization;

namespace OpenCode.Registry;

/// <summary>
/// What a person types to find a task: words that all have to occur, each of which may be only the beginning of one; text in double
/// quotes occurs as it is, word by word. No character means anything else, so nothing that can be typed is a mistake of syntax.
/// </summary>
public sealed class SearchText
{
    /// <summary>The most words and quoted texts of one search.</summary>
    public const int MostTerms = 64;

    private SearchText(IReadOnlyList<SearchTerm> terms) => Terms = terms;

    /// <summary>What all has to occur.</summary>
    public IReadOnlyList<SearchTerm> Terms { get; }

    /// <summary>Reads a text.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: there is no letter and no digit in it; LimitExceeded: more than 64 words.</exception>
    public static SearchText Parse(string text)
    {
        var terms = new List<SearchTerm>();
        var parts = text.Split('"');
        for (var i = 0; i < parts.Length; i++)
        {
            // Every second part stands in quotes; one that is not closed goes to the end.
            if (i % 2 == 1)
            {
                terms.Add(new SearchTerm(parts[i], Prefix: false));
            }
            else
            {
                terms.AddRange(parts[i].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(word => new SearchTerm(word, Prefix: true)));
            }
        }

        terms.RemoveAll(term => !term.Text.EnumerateRunes().Any(System.Text.Rune.IsLetterOrDigit));
        return terms.Count switch
        {
            0 => throw new OpenCodeException(OpenCodeError.InvalidArgument, $"There is no word to search for in '{text}'. Give at least one letter or digit.", text),
            > MostTerms => throw new OpenCodeException(OpenCodeError.LimitExceeded, string.Create(CultureInfo.InvariantCulture, $"The search has {terms.Count} words; the limit is {MostTerms}. Give fewer."), text[..Math.Min(60, text.Length)]),
            _ => new SearchText(terms),
        };
    }
}
