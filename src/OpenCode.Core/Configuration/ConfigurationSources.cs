using System.Collections;

namespace OpenCode.Configuration;

/// <summary>Where settings may come from, as a caller sees the world: nothing here is read from the process behind its back.</summary>
public sealed record ConfigurationSources
{
    /// <summary>The current location; relative paths of parameters and of the environment count from here. Absolute.</summary>
    public required string CurrentDirectory { get; init; }

    /// <summary>The environment. A variable that is empty counts as not set.</summary>
    public required IReadOnlyDictionary<string, string?> Environment { get; init; }

    /// <summary>The configuration file to take, whatever else is there; null searches.</summary>
    public string? ConfigurationFile { get; init; }

    /// <summary>The data root.</summary>
    public string? DataRoot { get; init; }

    /// <summary>The SQLite database file.</summary>
    public string? DatabasePath { get; init; }

    /// <summary><c>normal</c> or <c>full</c>.</summary>
    public string? Synchronous { get; init; }

    /// <summary>The container engine's endpoint: a path or a URI.</summary>
    public string? DockerEndpoint { get; init; }

    /// <summary>The image of sandboxes whose task names none.</summary>
    public string? DockerImage { get; init; }

    /// <summary>Told what was passed over, for whoever wonders why a setting does not count.</summary>
    public Action<string>? Verbose { get; init; }

    /// <summary>Told what a file asks for and does not get because it is not trusted; null tells <see cref="Verbose"/>.</summary>
    public Action<string>? Warning { get; init; }

    /// <summary>The environment of this process.</summary>
    public static IReadOnlyDictionary<string, string?> ProcessEnvironment()
    {
        // Names of variables are without case on Windows, and so is the look-up there.
        var names = OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;
        var variables = new Dictionary<string, string?>(names);
        foreach (DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
        {
            variables[(string)variable.Key] = (string?)variable.Value;
        }

        return variables;
    }

    internal string? Variable(string name) =>
        Environment.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value) ? value : null;
}
