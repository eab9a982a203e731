using System.Globalization;

namespace OpenCode.HelpBuilder;

/// <summary>What PowerShell's binder knows of a parameter, as the block under its description says.</summary>
public sealed record ParameterFacts
{
    private const string All = "(All)";

    /// <summary>The type's short name.</summary>
    public required string Type { get; init; }

    /// <summary>The parameter sets it is so in; null for all.</summary>
    public required IReadOnlyList<string>? Sets { get; init; }

    /// <summary>Other names.</summary>
    public required IReadOnlyList<string> Aliases { get; init; }

    /// <summary>The values it takes, when they are few.</summary>
    public required IReadOnlyList<string> Values { get; init; }

    /// <summary>True when it has to be given.</summary>
    public required bool Required { get; init; }

    /// <summary>The position; null when it has to be named.</summary>
    public required int? Position { get; init; }

    /// <summary>What it is when left out.</summary>
    public required string Default { get; init; }

    /// <summary>How it comes from the pipeline, in MAML's words.</summary>
    public required string Pipeline { get; init; }

    /// <summary>True when it takes wildcards.</summary>
    public required bool Wildcards { get; init; }

    /// <summary>True for a switch.</summary>
    public bool IsSwitch => Type == "SwitchParameter";

    /// <summary>Reads the block.</summary>
    /// <exception cref="PageException">A key is missing, unknown or doubled, or a value is none of those allowed.</exception>
    public static ParameterFacts Read(Page page, Fence fence)
    {
        var entries = new Dictionary<string, (string Value, int Line)>(StringComparer.Ordinal);
        for (var i = 0; i < fence.Lines.Count; i++)
        {
            var (text, line) = (fence.Lines[i], fence.Line + 1 + i);
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            if (text.Length > 0 && (colon < 1 || !entries.TryAdd(text[..colon], (text[(colon + 1)..].Trim(), line))))
            {
                throw page.Error(line, "A line about a parameter is 'Key: value', and each key is there once.");
            }
        }

        string Take(string key) => entries.Remove(key, out var entry) ? entry.Value : throw page.Error(fence.Line, $"The key '{key}' is missing.");

        T Choose<T>(string key, params (string Text, T Value)[] allowed)
        {
            var line = entries.TryGetValue(key, out var entry) ? entry.Line : fence.Line;
            var text = Take(key);
            var found = allowed.Where(choice => choice.Text == text).ToArray();
            return found.Length == 1 ? found[0].Value : throw page.Error(line, $"'{key}: {text}' is not known. It is one of: {string.Join("; ", allowed.Select(static choice => choice.Text))}.");
        }

        int? Place()
        {
            var line = entries.TryGetValue("Position", out var entry) ? entry.Line : fence.Line;
            var text = Take("Position");
            return text == "Named" ? null
                : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
                : throw page.Error(line, $"'Position: {text}' is not known. It is 'Named' or a number from 0.");
        }

        var sets = Take("Parameter Sets");
        var facts = new ParameterFacts
        {
            Type = Take("Type"),
            Sets = sets == All ? null : Words(sets),
            Aliases = Words(Take("Aliases")),
            Values = entries.ContainsKey("Accepted values") ? Words(Take("Accepted values")) : [],
            Required = Choose("Required", ("True", true), ("False", false)),
            Position = Place(),
            Default = Take("Default value"),
            Pipeline = Choose(
                "Accept pipeline input",
                ("False", "False"),
                ("True (ByValue)", "True (ByValue)"),
                ("True (ByPropertyName)", "True (ByPropertyName)"),
                ("True (ByPropertyName, ByValue)", "True (ByPropertyName, ByValue)")),
            Wildcards = Choose("Accept wildcard characters", ("True", true), ("False", false)),
        };
        if (entries.Count > 0)
        {
            var (key, (_, line)) = entries.First();
            throw page.Error(line, $"The key '{key}' is not known.");
        }

        return facts.Type.Length > 0 && facts.Sets is not [] ? facts : throw page.Error(fence.Line, "'Type' and 'Parameter Sets' have to say something.");
    }

    private static string[] Words(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
