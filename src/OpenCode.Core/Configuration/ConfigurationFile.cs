using System.Globalization;
using System.Text.Json;

namespace OpenCode.Configuration;

/// <summary>A configuration file that was read whole and checked against the table of settings.</summary>
internal sealed class ConfigurationFile
{
    /// <summary>No configuration is larger.</summary>
    public const int MostBytes = 1024 * 1024;

    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private readonly Dictionary<string, JsonElement> _values = new(StringComparer.Ordinal);
    private readonly PathBase _paths;

    private ConfigurationFile(string path, byte[] bytes, JsonElement root, ConfigurationSources sources)
    {
        FullPath = path;
        Bytes = bytes;
        _paths = new PathBase(Path.GetDirectoryName(path)!, sources);
        Collect("", root, sources);
    }

    /// <summary>Where it is; absolute.</summary>
    public string FullPath { get; }

    /// <summary>Its contents as they were checked; trust is asked for these, not for what the file is a moment later.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file; absolute, must be there.</param>
    /// <param name="onlyIfOurs">True to take null for a file that has none of our sections: it is somebody else's.</param>
    /// <param name="sources">The environment, and who is told what was passed over.</param>
    /// <exception cref="OpenCodeException">InvalidArgument: not readable, not JSON, or with a key or value that is not allowed.</exception>
    public static ConfigurationFile? Read(string path, bool onlyIfOurs, ConfigurationSources sources)
    {
        var bytes = ReadBytes(path);
        if (bytes.Length > MostBytes)
        {
            return onlyIfOurs ? null : throw Bad(path, string.Create(CultureInfo.InvariantCulture, $"has more than {MostBytes} bytes, the most a configuration may have"));
        }

        try
        {
            var text = bytes.AsMemory(bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0);
            using var document = JsonDocument.Parse(text, Lenient);
            var root = document.RootElement;
            if (onlyIfOurs && !HasOurSections(root))
            {
                return null;
            }

            return root.ValueKind == JsonValueKind.Object
                ? new ConfigurationFile(path, bytes, root.Clone(), sources)
                : throw Bad(path, $"is not a JSON object. Its keys may be {string.Join(", ", Settings.Sections)}");
        }
        catch (JsonException e)
        {
            var at = string.Create(CultureInfo.InvariantCulture, $"line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}");
            throw Bad(path, $"is not valid JSON at {at}. Mend it there, or name another file in OPENCODE_TASKS_CONFIG", e);
        }
        catch (InvalidOperationException e)
        {
            // The reader takes an escaped half of a surrogate pair, and fails when the text is asked for.
            throw Bad(path, "has text that is not valid Unicode", e);
        }
    }

    /// <summary>The value of a setting, or null when the file does not give it.</summary>
    public object? Value(Setting setting) =>
        _values.TryGetValue(setting.Key, out var value) ? Value(setting, value) : null;

    private static byte[] ReadBytes(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[MostBytes + 1];
            var count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return bytes[..count];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Bad(path, $"cannot be read: {e.Message.TrimEnd('.')}. Name another file in OPENCODE_TASKS_CONFIG", e);
        }
    }

    // Other programs have hooks in a file of this name too; theirs are not a list.
    private static bool HasOurSections(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object
        && root.EnumerateObject().Any(member => Settings.Sections.Contains(member.Name) && (member.Name != Settings.Hooks.Key || member.Value.ValueKind == JsonValueKind.Array));

    // Walks our sections only; what else is at the top of the file belongs to somebody else.
    private void Collect(string prefix, JsonElement section, ConfigurationSources sources)
    {
        foreach (var member in section.EnumerateObject())
        {
            var key = prefix + member.Name;
            if (Settings.All.FirstOrDefault(setting => setting.Key == key) is { } known)
            {
                Take(known, member.Value);
            }
            else if (Settings.All.Any(setting => setting.Key.StartsWith(key + ".", StringComparison.Ordinal)))
            {
                if (member.Value.ValueKind == JsonValueKind.Object)
                {
                    Collect(key + ".", member.Value, sources);
                }
                else if (member.Value.ValueKind != JsonValueKind.Null)
                {
                    throw Bad(FullPath, $"has '{key}', which has to be an object with {Members(key + ".")}");
                }
            }
            else if (prefix.Length == 0)
            {
                sources.Verbose?.Invoke($"The configuration file '{FullPath}' has '{key}', which is none of our sections ({string.Join(", ", Settings.Sections)}); it is passed over.");
            }
            else
            {
                throw Bad(FullPath, $"has the unknown key '{key}'. Allowed in '{prefix.TrimEnd('.')}' are {Members(prefix)}");
            }
        }
    }

    private void Take(Setting setting, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            return; // the usual way to say that a key is there and not set
        }

        if (!_values.TryAdd(setting.Key, value))
        {
            throw Bad(FullPath, $"has '{setting.Key}' twice. Remove one");
        }

        _ = Value(setting, value); // a bad value is found even where a parameter would go first
    }

    private object Value(Setting setting, JsonElement value)
    {
        try
        {
            return setting.Form.Read(value, _paths) ?? throw Bad(FullPath, $"has {Shown(setting, value)} as '{setting.Key}'. Allowed is {setting.Form.Allowed}");
        }
        catch (OpenCodeException e) when (e.Target is { } part && part != FullPath)
        {
            throw Bad(FullPath, $"has what cannot be used as '{setting.Key}{part}'. Allowed is {e.Message}", e);
        }
    }

    private static string Shown(Setting setting, JsonElement value)
    {
        var text = setting.Secret ? "a value that is not allowed" : value.GetRawText();
        return text.Length > 80 ? text[..80] + "…" : text;
    }

    private static string Members(string prefix) =>
        string.Join(", ", Settings.All.Where(setting => setting.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(setting => setting.Key[prefix.Length..].Split('.')[0]).Distinct());

    private static OpenCodeException Bad(string path, string problem, Exception? cause = null) =>
        new(OpenCodeError.InvalidArgument, $"The configuration file '{path}' {problem}.", path, cause);
}
