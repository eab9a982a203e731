namespace OpenCode.Configuration;

/// <summary>Looks a setting up in all its sources, in their order, and notes where its value came from.</summary>
internal sealed class SettingResolver
{
    private const string Mask = "********";

    private readonly ConfigurationSources _sources;
    private readonly PathBase _here;
    private readonly ConfigurationFile? _file;
    private readonly ConfigurationFile? _own;
    private readonly bool _untrusted;
    private readonly List<ConfigurationEntry> _entries = [];

    public SettingResolver(ConfigurationSources sources)
    {
        _sources = sources;
        _here = new PathBase(sources.CurrentDirectory, sources);
        var search = new ConfigurationSearch(sources);
        _file = search.Find(out var found);
        _untrusted = found && Settings.All.Any(setting => setting.NeedsTrust) && !IsTrusted(_file!);

        // What an untrusted file may not say is still said by the data root's own file: otherwise walking into a folder would
        // also lift the limits its user has set there.
        _own = _untrusted ? search.Own() : null;
    }

    /// <summary>What was resolved, in the order it was asked for.</summary>
    public IReadOnlyList<ConfigurationEntry> Entries => _entries;

    public int Number(Setting setting) => (int)Resolve(setting, null, null)!;

    public bool Flag(Setting setting) => (bool)Resolve(setting, null, null)!;

    public IReadOnlyList<string> List(Setting setting) => (string[])Resolve(setting, null, null)!;

    public IReadOnlyList<HookSetting> Hooks(Setting setting) => (HookSetting[])Resolve(setting, null, null)!;

    public string? Text(Setting setting, string? parameter = null, string? fallback = null) => (string?)Resolve(setting, parameter, fallback);

    private object? Resolve(Setting setting, string? parameter, string? fallback)
    {
        var (value, source) = Look(setting, parameter);
        value ??= fallback ?? setting.Default;
        _entries.Add(new ConfigurationEntry(setting.Key, setting.Secret && value is not null ? Mask : value, source));
        return value;
    }

    private (object? Value, string Source) Look(Setting setting, string? parameter)
    {
        if (!string.IsNullOrWhiteSpace(parameter))
        {
            return (setting.Form.Parse(parameter, _here) ?? throw Bad(setting, "The parameter for", parameter), "parameter");
        }

        foreach (var name in setting.Variables)
        {
            if (_sources.Variable(name) is { } text)
            {
                return (setting.Form.Parse(text, _here) ?? throw Bad(setting, $"The environment variable {name} for", text), $"environment {name}");
            }
        }

        return setting.NeedsTrust && _untrusted ? LookPastUntrusted(setting) : LookIn(_file, setting);
    }

    private static (object? Value, string Source) LookIn(ConfigurationFile? file, Setting setting) =>
        file?.Value(setting) is { } value ? (value, $"file {file.FullPath}") : (null, "default");

    private (object? Value, string Source) LookPastUntrusted(Setting setting)
    {
        var asked = _file!.Value(setting);
        var (value, source) = LookIn(_own, setting);
        if (asked is null)
        {
            return (value, source);
        }

        if (Narrows(asked, value))
        {
            return (asked, $"file {_file.FullPath}");
        }

        var message = $"The configuration file '{_file.FullPath}' was found in the current location and is not trusted, so its '{setting.Key}' does not count. Read the file; if it is yours, approve it (Approve-OcConfiguration) or name it in OPENCODE_TASKS_CONFIG.";
        (_sources.Warning ?? _sources.Verbose)?.Invoke(message);
        return (value, $"{source} (ignored: untrusted file {_file.FullPath})");
    }

    // A shorter list of images takes rights away, and needs nobody's leave for that. An empty list allows any image.
    private static bool Narrows(object asked, object? present) =>
        asked is string[] { Length: > 0 } images && (present is not string[] { Length: > 0 } allowed || images.All(allowed.Contains));

    private bool IsTrusted(ConfigurationFile file)
    {
        try
        {
            return ConfigurationTrust.For(_sources).IsTrusted(file.FullPath, file.Bytes.Span);
        }
        catch (OpenCodeException e) when (e.Error == OpenCodeError.StateCorrupt)
        {
            (_sources.Warning ?? _sources.Verbose)?.Invoke(e.Message);
            return false;
        }
    }

    private static OpenCodeException Bad(Setting setting, string what, string text)
    {
        var shown = setting.Secret ? "not shown" : text.Length > 80 ? text[..80] + "…" : text;
        return new OpenCodeException(OpenCodeError.InvalidArgument, $"{what} '{setting.Key}' is '{shown}'. Allowed is {setting.Form.Allowed}.", setting.Key);
    }
}
