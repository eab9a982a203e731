using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OpenCode.McpHost.Tools;

/// <summary>Text. Its form is the core's to check; the schema only announces it.</summary>
internal sealed record TextParameter(string Name, int Most, string? Description = null) : Parameter(Name, Description)
{
    public string? Pattern { get; init; }

    protected override string Allowed => "text";

    protected override void Describe(JsonObject schema)
    {
        schema["type"] = "string";
        if (Pattern is not null)
        {
            schema["pattern"] = Pattern;
        }
        else
        {
            schema["maxLength"] = Most;
        }

        if (Required && Pattern is null)
        {
            schema["minLength"] = 1;
        }
    }

    protected override object? Take(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <summary>One of a few words, in any case.</summary>
internal sealed record ChoiceParameter(string Name, IReadOnlyList<string> Words, string? Default = null, string? Description = null) : Parameter(Name, Description)
{
    protected override string Allowed => $"one of {string.Join(", ", Words)}";

    protected override void Describe(JsonObject schema)
    {
        schema["enum"] = new JsonArray([.. Words.Select(word => (JsonNode)word)]);
        if (Default is not null)
        {
            schema["default"] = Default;
        }
    }

    protected override object? Take(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? Words.FirstOrDefault(word => string.Equals(word, value.GetString(), StringComparison.OrdinalIgnoreCase))
        : null;
}

/// <summary>A whole number within bounds.</summary>
internal sealed record NumberParameter(string Name, long Least, long Most, long? Default = null, string? Description = null) : Parameter(Name, Description)
{
    protected override string Allowed => string.Create(CultureInfo.InvariantCulture, $"a whole number from {Least} to {Most}");

    protected override void Describe(JsonObject schema)
    {
        schema["type"] = "integer";
        schema["minimum"] = Least;
        if (Most < long.MaxValue)
        {
            schema["maximum"] = Most;
        }

        if (Default is not null)
        {
            schema["default"] = Default;
        }
    }

    protected override object? Take(JsonElement value) => Whole(value) is { } number && number >= Least && number <= Most ? number : null;

    // A number is a number in JSON: 1.0 and 1e3 are whole too, and some clients write them so.
    private static long? Whole(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Number)
        {
            return null;
        }

        return value.TryGetInt64(out var whole) ? whole
            : value.TryGetDecimal(out var number) && number == decimal.Truncate(number) && number is >= long.MinValue and <= long.MaxValue ? (long)number
            : null;
    }
}

/// <summary>Yes or no.</summary>
internal sealed record FlagParameter(string Name, string? Description = null) : Parameter(Name, Description)
{
    protected override string Allowed => "true or false";

    protected override void Describe(JsonObject schema)
    {
        schema["type"] = "boolean";
        schema["default"] = false;
    }

    protected override object? Take(JsonElement value) => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : null;
}

/// <summary>A JSON object of the caller's own.</summary>
internal sealed record MapParameter(string Name, string? Description = null) : Parameter(Name, Description)
{
    protected override string Allowed => "a JSON object";

    protected override void Describe(JsonObject schema) => schema["type"] = "object";

    protected override object? Take(JsonElement value) => value.ValueKind == JsonValueKind.Object ? JsonMap.Parse(value.GetRawText()) : null;
}

/// <summary>Any JSON value.</summary>
internal sealed record JsonParameter(string Name, string? Description = null) : Parameter(Name, Description)
{
    protected override string Allowed => "a JSON value";

    protected override void Describe(JsonObject schema) => schema["type"] = new JsonArray("object", "array", "string", "number", "boolean");

    protected override object? Take(JsonElement value) => value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined ? null : new Given(JsonText.ParseValue(value.GetRawText()));
}

/// <summary>A JSON value that was given.</summary>
/// <param name="Value">The value, of the types of <see cref="JsonText.ParseValue"/>.</param>
internal sealed record Given(object? Value);

/// <summary>A time with its offset from UTC; without one it is UTC.</summary>
internal sealed record TimeParameter(string Name, string? Description = null) : Parameter(Name, Description)
{
    protected override string Allowed => "a time such as 2026-01-31T23:59:59.999Z";

    protected override void Describe(JsonObject schema)
    {
        schema["type"] = "string";
        schema["format"] = "date-time";
    }

    protected override object? Take(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && DateTimeOffset.TryParse(value.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}

/// <summary>A command: a string for the shell, or a list of strings run as it is.</summary>
internal sealed record CommandParameter(string Name, string? Description = null) : Parameter(Name, Description)
{
    protected override string Allowed => "a string for the shell, or a list of at least one string to run without a shell";

    protected override void Describe(JsonObject schema) => schema["anyOf"] = new JsonArray(
        new JsonObject { ["type"] = "string", ["minLength"] = 1 },
        new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "string" }, ["minItems"] = 1 });

    protected override object? Take(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            return string.IsNullOrWhiteSpace(value.GetString()) ? null : value.GetString();
        }

        return value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? value.EnumerateArray().Select(item => item.GetString()!).ToArray()
            : null;
    }
}

/// <summary>A name, or a list of names.</summary>
internal sealed record NamesParameter(string Name, int Length, int Most, string? Description = null) : Parameter(Name, Description)
{
    protected override string Allowed => string.Create(CultureInfo.InvariantCulture, $"a name, or a list of 1 to {Most} names");

    protected override void Describe(JsonObject schema) => schema["anyOf"] = new JsonArray(
        Text(),
        new JsonObject { ["type"] = "array", ["items"] = Text(), ["minItems"] = 1, ["maxItems"] = Most });

    protected override object? Take(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => new[] { value.GetString()! },
        JsonValueKind.Array when value.GetArrayLength() is var count && count > 0 && count <= Most && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) =>
            value.EnumerateArray().Select(item => item.GetString()!).ToArray(),
        _ => null,
    };

    private JsonObject Text() => new() { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = Length };
}
