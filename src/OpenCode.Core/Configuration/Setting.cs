namespace OpenCode.Configuration;

/// <summary>A setting: its key, the variables that give it, the form of its value.</summary>
/// <param name="Key">Its key in the file: the names of the objects it is in and its own, joined by dots.</param>
/// <param name="Form">What its value may be.</param>
/// <param name="Default">Its value when nothing gives one; null when the default is worked out.</param>
internal sealed record Setting(string Key, SettingForm Form, object? Default)
{
    /// <summary>The environment's variables, the first that is set counts.</summary>
    public IReadOnlyList<string> Variables { get; init; } = [];

    /// <summary>True when its value is never shown.</summary>
    public bool Secret { get; init; }

    /// <summary>True when a file in the current location gives it only once that file is trusted.</summary>
    public bool NeedsTrust { get; init; }
}
