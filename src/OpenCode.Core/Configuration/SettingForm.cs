using System.Text.Json;

namespace OpenCode.Configuration;

/// <summary>What a setting's value may be, in a file and as text.</summary>
/// <param name="allowed">What is allowed, to follow "is": <c>a number from 1 to 10</c>.</param>
internal abstract class SettingForm(string allowed)
{
    /// <summary>What is allowed, to follow "is".</summary>
    public string Allowed => allowed;

    /// <summary>Reads a value of a file; null when it is not of the form.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: a part of it is not; the target says which, the message what is allowed there.</exception>
    public virtual object? Read(JsonElement value, PathBase paths) =>
        value.ValueKind == JsonValueKind.String ? Parse(value.GetString()!, paths) : null;

    /// <summary>Reads a value of the environment or a parameter; null when it is not of the form.</summary>
    public abstract object? Parse(string text, PathBase paths);
}
