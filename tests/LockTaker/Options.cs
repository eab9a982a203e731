using System.Globalization;

namespace OpenCode.Tests.LockTaker;

/// <summary>Arguments in pairs of a name and a value.</summary>
internal sealed class Options
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public Options(string[] arguments)
    {
        if (arguments.Length % 2 != 0)
        {
            throw new ArgumentException($"The argument '{arguments[^1]}' has no value.", nameof(arguments));
        }

        foreach (var pair in arguments.Chunk(2))
        {
            _values[pair[0]] = pair[1];
        }
    }

    public string? Text(string name) => _values.GetValueOrDefault(name);

    public int Number(string name, int standard) => Text(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : standard;
}
