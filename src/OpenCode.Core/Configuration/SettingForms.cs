using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace OpenCode.Configuration;

/// <summary>A whole number within bounds.</summary>
internal sealed class NumberForm(int least, int most)
    : SettingForm(string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"))
{
    public override object? Read(JsonElement value, PathBase paths) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? Within(number) : null;

    public override object? Parse(string text, PathBase paths) =>
        int.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? Within(number) : null;

    private int? Within(int number) => number >= least && number <= most ? number : null;
}

/// <summary>Yes or no.</summary>
internal sealed class FlagForm() : SettingForm("true or false")
{
    public override object? Read(JsonElement value, PathBase paths) =>
        value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : null;

    public override object? Parse(string text, PathBase paths) => text.Trim().ToUpperInvariant() switch
    {
        "TRUE" or "1" or "ON" or "YES" => true,
        "FALSE" or "0" or "OFF" or "NO" => false,
        _ => null,
    };
}

/// <summary>One of a few words.</summary>
internal sealed class ChoiceForm(params string[] words) : SettingForm(string.Join(" or ", words))
{
    public override object? Parse(string text, PathBase paths) =>
        words.FirstOrDefault(word => string.Equals(word, text.Trim(), StringComparison.OrdinalIgnoreCase));
}

/// <summary>A path; comes out absolute.</summary>
internal sealed class PathForm() : SettingForm("a path; a relative one counts from the file's folder, in the environment from the current location")
{
    public override object? Parse(string text, PathBase paths) =>
        string.IsNullOrWhiteSpace(text) || text.Any(char.IsControl) ? null : paths.Resolve(text);
}

/// <summary>A container engine's endpoint: a socket's path, or a URI.</summary>
internal sealed class EndpointForm() : SettingForm("a socket's path, or a URI beginning with unix://, npipe://, tcp://, http:// or https://")
{
    // The last two are what the Docker CLI also takes in DOCKER_HOST: the engine's client refuses them when a command is to be run, and all else works.
    private static readonly string[] Schemes = ["unix", "npipe", "tcp", "http", "https", "ssh", "fd"];

    public override object? Parse(string text, PathBase paths)
    {
        if (string.IsNullOrWhiteSpace(text) || text.Any(char.IsControl))
        {
            return null;
        }

        var end = text.IndexOf("://", StringComparison.Ordinal);
        if (end >= 0)
        {
            return Schemes.Contains(text[..end], StringComparer.OrdinalIgnoreCase) && end + 3 < text.Length ? text : null;
        }

        return paths.Resolve(text);
    }
}

/// <summary>An address on the web that nobody on the way can read or change. It comes out as it was given: who compares it compares characters.</summary>
internal sealed class WebAddressForm() : SettingForm("an address beginning with https:// and without user, query and fragment; http:// only for this machine itself (localhost, 127.0.0.1, [::1])")
{
    private const int Most = 1024;

    public override object? Parse(string text, PathBase paths) =>
        text.Length <= Most && !text.Any(static c => c is <= ' ' or > '~') && Uri.TryCreate(text, UriKind.Absolute, out var address)
        && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback))
        && address.UserInfo.Length == 0 && !text.Contains('?', StringComparison.Ordinal) && !text.Contains('#', StringComparison.Ordinal)
            ? text
            : null;
}

/// <summary>Text of a pattern.</summary>
internal sealed class TextForm(string allowed, string pattern) : SettingForm(allowed)
{
    // Made when first used: most values are defaults, which are not looked at, and making a pattern is the dearest part of reading a configuration.
    // Patterns are one class of characters and a limit, so there is nothing to go back to; the engine that promises it takes 30 ms to load.
    private Regex? _pattern;

    public override object? Parse(string text, PathBase paths) => (_pattern ??= new Regex(pattern, RegexOptions.CultureInvariant)).IsMatch(text) ? text : null;
}

/// <summary>A list of texts of one form.</summary>
internal sealed class ListForm(string allowed, SettingForm item) : SettingForm(allowed)
{
    private const int Most = 1000;

    public override object? Read(JsonElement value, PathBase paths)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > Most)
        {
            return null;
        }

        var items = value.EnumerateArray().Select(element => item.Read(element, paths) as string).ToArray();
        return Array.IndexOf(items, null) < 0 ? items : null;
    }

    public override object? Parse(string text, PathBase paths) => null; // no variable holds a list
}
