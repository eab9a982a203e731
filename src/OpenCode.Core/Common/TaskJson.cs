using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OpenCode.Common;

/// <summary>A task as the JSON that programs are given: camel case, words in lower case, times in UTC with milliseconds; what is not set is left out.</summary>
public static class TaskJson
{
    /// <summary>Deeper data would break a reader's usual limit of 64 levels, and with it the whole object.</summary>
    private const int MostDepth = 48;

    /// <summary>What most tasks fit in, in bytes.</summary>
    private const int Usual = 1024;

    // Quotes and letters of other scripts as they are: this is no HTML.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A member of an enumeration.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum => LowerFirst(value.ToString());

    /// <summary>A time.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>A task.</summary>
    public static JsonObject Of(AgentTask task)
    {
        var buffer = new ArrayBufferWriter<byte>(Usual);
        using (var writer = new Utf8JsonWriter(buffer, Plain))
        {
            Write(writer, task);
        }

        return JsonNode.Parse(buffer.WrittenSpan)!.AsObject();
    }

    /// <summary>Writes a task.</summary>
    public static void Write(Utf8JsonWriter writer, AgentTask task)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(task);
        writer.WriteStartObject();
        writer.WriteString("id"u8, task.Id);
        writer.WriteString("name"u8, task.Name);
        writer.WriteString("status"u8, Word(task.Status));
        writer.WriteString("mode"u8, Word(task.Mode));
        writer.WriteString("owner"u8, task.Owner);
        Write(writer, "agents", task.Agents);
        writer.WriteNumber("priority"u8, task.Priority);
        writer.WriteNumber("version"u8, task.Version);
        writer.WriteNumber("attempt"u8, task.Attempt);
        writer.WriteString("createdAt"u8, Time(task.CreatedAt));
        writer.WriteString("updatedAt"u8, Time(task.UpdatedAt));
        writer.WritePropertyName("metadata"u8);
        WriteMetadata(writer, task.Metadata.ToString());
        Write(writer, "description", task.Description);
        Write(writer, "error", task.Error);
        Write(writer, "image", task.Image);
        Write(writer, "startedAt", task.StartedAt is { } started ? Time(started) : null);
        Write(writer, "finishedAt", task.FinishedAt is { } finished ? Time(finished) : null);
        if (task.DependsOn.Count > 0)
        {
            Write(writer, "dependsOn", task.DependsOn);
        }

        if (task.Result is { } result)
        {
            writer.WritePropertyName("result"u8);
            Of(result).WriteTo(writer);
        }

        writer.WriteEndObject();
    }

    /// <summary>A result.</summary>
    public static JsonObject Of(TaskResult result)
    {
        var json = new JsonObject { ["success"] = result.Success, ["data"] = Nested(JsonText.Write(result.Data)) };
        Set(json, "message", result.Message);
        Set(json, "error", result.Error);
        return json;
    }

    internal static void Set(JsonObject json, string name, string? value)
    {
        if (value is not null)
        {
            json[name] = value;
        }
    }

    /// <summary>Somebody's JSON text as a part of a larger one; what is nested too deeply is given as text.</summary>
    internal static JsonNode? Nested(string json)
    {
        try
        {
            return JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { MaxDepth = MostDepth });
        }
        catch (JsonException)
        {
            return JsonValue.Create(json);
        }
    }

    private static void Write(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }

    private static void Write(Utf8JsonWriter writer, string name, IReadOnlyList<string> values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values)
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }

    private static void WriteMetadata(Utf8JsonWriter writer, string json)
    {
        if (IsObject(json))
        {
            writer.WriteRawValue(json, skipInputValidation: true); // it was just read
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("json"u8, json);
        writer.WriteEndObject();
    }

    // As Nested sees it.
    private static bool IsObject(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = MostDepth });
        try
        {
            var isObject = reader.Read() && reader.TokenType == JsonTokenType.StartObject;
            while (reader.Read())
            {
                // to its end
            }

            return isObject;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string LowerFirst(string word) => char.ToLowerInvariant(word[0]) + word[1..];
}
