using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text;

namespace OpenCode.Cmdlets.Completion;

/// <summary>The word under the cursor: what is typed of it, and in which quotes.</summary>
/// <param name="Text">The text without quotes.</param>
/// <param name="Quote">The quote it begins with; null for none.</param>
public sealed record TypedWord(string Text, char? Quote)
{
    /// <summary>True when it holds wildcards.</summary>
    public bool IsPattern => WildcardPattern.ContainsWildcardCharacters(Text);

    /// <summary>Takes what the engine hands to completers.</summary>
    public static TypedWord Of(string? typed)
    {
        // The curly ones are quotes to PowerShell too.
        char? quote = typed is [var first, ..] ? first switch
        {
            '\'' or '‘' or '’' or '‚' or '‛' => '\'',
            '"' or '“' or '”' or '„' => '"',
            _ => null,
        } : null;
        if (quote is null)
        {
            return new TypedWord(typed ?? "", null);
        }

        var rest = typed![1..];
        var text = rest.Length > 0 && (rest[^1] == quote || rest[^1] == typed[0]) ? rest[..^1] : rest;
        return new TypedWord(quote == '\'' ? text.Replace("''", "'", StringComparison.Ordinal) : text.Replace("`", "", StringComparison.Ordinal), quote);
    }

    /// <summary>True for a text that begins with the word, or that its wildcards match; case does not count.</summary>
    public bool Matches(string text) => IsPattern
        ? WildcardPattern.Get(Text + "*", WildcardOptions.IgnoreCase).IsMatch(text)
        : text.StartsWith(Text, StringComparison.OrdinalIgnoreCase);

    /// <summary>The word's wildcards in SQLite's GLOB, lower case; null when it has none.</summary>
    public string? ToGlob()
    {
        if (!IsPattern)
        {
            return null;
        }

        var glob = new StringBuilder();
        for (var i = 0; i < Text.Length; i++)
        {
            if (Text[i] == '`' && i + 1 < Text.Length)
            {
                glob.Append('[').Append(Text[++i]).Append(']');
            }
            else
            {
                glob.Append(char.ToLowerInvariant(Text[i]));
            }
        }

        return glob.Append('*').ToString();
    }

    /// <summary>A value as it has to stand on the command line: in the quotes that were begun, or in some where it needs them.</summary>
    public string Quoted(string value) => Quote switch
    {
        '"' => $"\"{value.Replace("`", "``", StringComparison.Ordinal).Replace("$", "`$", StringComparison.Ordinal).Replace("\"", "`\"", StringComparison.Ordinal)}\"",
        null when IsPlain(value) => value,
        _ => $"'{CodeGeneration.EscapeSingleQuotedStringContent(value)}'",
    };

    /// <summary>A key as it has to stand in a hashtable.</summary>
    internal static string Key(string key) => key is [var first, ..] && (char.IsLetter(first) || first == '_') && key.All(static c => char.IsLetterOrDigit(c) || c == '_')
        ? key
        : $"'{CodeGeneration.EscapeSingleQuotedStringContent(key)}'";

    private static bool IsPlain(string value) =>
        value is [var first, ..] && (char.IsLetterOrDigit(first) || first == '_') && value.All(static c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.' or ':' or '/' or '\\' or '+');
}
