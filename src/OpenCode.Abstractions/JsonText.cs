using System.Buffers;
using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OpenCode;

/// <summary>Turns values a script has into JSON text, and JSON text into values a script can use.</summary>
public static class JsonText
{
    /// <summary>How deep objects and arrays may be nested.</summary>
    public const int MaxDepth = 64;

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonDocumentOptions ReaderOptions = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    /// <summary>Writes a value as compact JSON.</summary>
    /// <param name="value">
    /// Null, a boolean, a number, a string, a character, a date (ISO 8601, UTC kept), a <see cref="Guid"/>, <see cref="Uri"/>, <see cref="Version"/>,
    /// <see cref="TimeSpan"/> or enum (as text), a dictionary with text keys, any other sequence (as an array), or an element of System.Text.Json.
    /// </param>
    /// <exception cref="OpenCodeException">InvalidArgument: a value of another type, a number that JSON has no form for, text that is not valid Unicode, or more than <see cref="MaxDepth"/> levels.</exception>
    public static string Write(object? value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
        {
            WriteValue(writer, value, "$", 0);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Reads one JSON value.</summary>
    /// <returns>Null, <see cref="bool"/>, <see cref="long"/>, <see cref="double"/>, <see cref="string"/>, <c>object[]</c> or <see cref="JsonMap"/>.</returns>
    /// <exception cref="OpenCodeException">InvalidArgument: not one JSON value, a member twice, or more than <see cref="MaxDepth"/> levels.</exception>
    public static object? ParseValue(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using var document = JsonDocument.Parse(json, ReaderOptions);
            return Value(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The text is not valid JSON: {e.Message}", innerException: e);
        }
    }

    internal static OrderedDictionary<string, object?> ParseMembers(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, ReaderOptions);
            var members = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
            foreach (var property in document.RootElement.EnumerateObject())
            {
                members.Add(property.Name, Value(property.Value));
            }

            return members;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Trusted text is what the store holds: something else has written there.
            throw new OpenCodeException(OpenCodeError.StateCorrupt, $"Stored data are not one JSON object: {e.Message.TrimEnd('.')}. Run Repair-OcTask on the task they belong to.", innerException: e);
        }
    }

    private static object? Value(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => Map(element),
        JsonValueKind.Array => element.EnumerateArray().Select(Value).ToArray(),
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => element.TryGetInt64(out var whole) ? (object)whole : Double(element),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    private static JsonMap Map(JsonElement element)
    {
        foreach (var property in element.EnumerateObject())
        {
            // Reads every member once, so that a bad number or a lone surrogate is found now and not when a script asks for it.
            _ = Value(property.Value);
        }

        // Compact and on one line, however it came: files of lines hold this text.
        return JsonMap.FromTrusted(Write(element));
    }

    private static double Double(JsonElement element)
    {
        var value = element.GetDouble();
        return double.IsFinite(value)
            ? value
            : throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The number {element.GetRawText()} is out of range. Give it as a string.");
    }

    [SuppressMessage("Maintainability", "CA1502", Justification = "One switch over the types a script can hand over; splitting it hides the list.")]
    private static void WriteValue(Utf8JsonWriter writer, object? value, string path, int depth)
    {
        if (depth >= MaxDepth)
        {
            throw Bad(path, $"is nested deeper than {MaxDepth} levels");
        }

        switch (value)
        {
            case null or DBNull: writer.WriteNullValue(); break;
            case string text: writer.WriteStringValue(Valid(text, path)); break;
            case bool flag: writer.WriteBooleanValue(flag); break;
            case char character: writer.WriteStringValue(Valid(character.ToString(), path)); break;
            case Enum name: writer.WriteStringValue(name.ToString()); break;
            case sbyte or byte or short or ushort or int or uint or long: writer.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
            case ulong big: writer.WriteNumberValue(big); break;
            case float single: WriteDouble(writer, single, path); break;
            case double number: WriteDouble(writer, number, path); break;
            case decimal number: writer.WriteNumberValue(number); break;
            case DateTime time: writer.WriteStringValue(time); break;
            case DateTimeOffset time: writer.WriteStringValue(time); break;
            case Guid or Uri or Version or TimeSpan or DateOnly or TimeOnly: writer.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture)); break;
            case JsonMap map when depth == 0: writer.WriteRawValue(map.ToString()); break;
            case JsonMap map: WriteText(writer, map.ToString(), path, depth); break;
            case JsonElement element: WriteElement(writer, element, path, depth); break;
            case JsonNode node: WriteText(writer, node.ToJsonString(), path, depth); break;
            case IDictionary members: WriteMembers(writer, Members(members), path, depth); break;
            case IEnumerable<KeyValuePair<string, object?>> members: WriteMembers(writer, members, path, depth); break;
            case IEnumerable items: WriteArray(writer, items, path, depth); break;
            default: throw Bad(path, $"is a {value.GetType().FullName}, which has no JSON form. Give text, numbers, booleans, dates, hashtables or arrays");
        }
    }

    private static IEnumerable<KeyValuePair<string, object?>> Members(IDictionary members)
    {
        // IDictionary's own enumerator: as a plain sequence, a generic dictionary gives pairs of its own type.
        foreach (DictionaryEntry member in members)
        {
            yield return KeyValuePair.Create(Convert.ToString(member.Key, CultureInfo.InvariantCulture) ?? "", member.Value);
        }
    }

    private static void WriteMembers(Utf8JsonWriter writer, IEnumerable<KeyValuePair<string, object?>> members, string path, int depth)
    {
        writer.WriteStartObject();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, value) in members)
        {
            if (!seen.Add(name))
            {
                throw Bad(path, $"has the member '{name}' twice");
            }

            writer.WritePropertyName(Valid(name, path));
            WriteValue(writer, value, $"{path}.{name}", depth + 1);
        }

        writer.WriteEndObject();
    }

    // Member by member, so that what another library was lenient about is found now: twice the same member, too deep, half a surrogate pair.
    private static void WriteElement(Utf8JsonWriter writer, JsonElement element, string path, int depth)
    {
        try
        {
            switch (element.ValueKind)
            {
                case JsonValueKind.Object:
                    WriteMembers(writer, element.EnumerateObject().Select(m => KeyValuePair.Create(m.Name, (object?)m.Value)), path, depth);
                    break;
                case JsonValueKind.Array:
                    WriteArray(writer, element.EnumerateArray(), path, depth);
                    break;
                case JsonValueKind.Number:
                    _ = Value(element);
                    element.WriteTo(writer);
                    break;
                case JsonValueKind.String:
                    writer.WriteStringValue(element.GetString());
                    break;
                case JsonValueKind.Undefined:
                    throw Bad(path, "is an element without a value");
                default:
                    element.WriteTo(writer);
                    break;
            }
        }
        catch (InvalidOperationException e)
        {
            throw Bad(path, $"cannot be read ({e.Message.TrimEnd('.')})");
        }
    }

    private static void WriteText(Utf8JsonWriter writer, string json, string path, int depth)
    {
        try
        {
            using var document = JsonDocument.Parse(json, ReaderOptions);
            WriteElement(writer, document.RootElement, path, depth);
        }
        catch (JsonException e)
        {
            throw Bad(path, $"cannot be read ({e.Message.TrimEnd('.')})");
        }
    }

    private static void WriteArray(Utf8JsonWriter writer, IEnumerable items, string path, int depth)
    {
        writer.WriteStartArray();
        var index = 0;
        foreach (var item in items)
        {
            WriteValue(writer, item, string.Create(CultureInfo.InvariantCulture, $"{path}[{index++}]"), depth + 1);
        }

        writer.WriteEndArray();
    }

    private static void WriteDouble(Utf8JsonWriter writer, double value, string path)
    {
        if (!double.IsFinite(value))
        {
            throw Bad(path, "is not a finite number, which JSON has no form for");
        }

        writer.WriteNumberValue(value);
    }

    private static string Valid(string text, string path)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                throw Bad(path, $"has half of a surrogate pair at position {i}, which is not valid Unicode");
            }
        }

        return text;
    }

    private static OpenCodeException Bad(string path, string reason) =>
        new(OpenCodeError.InvalidArgument, $"The value at '{path}' {reason}.");
}
