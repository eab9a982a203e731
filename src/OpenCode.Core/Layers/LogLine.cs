using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace OpenCode.Layers;

/// <summary>One line of logs.jsonl: members in one order, so that time and level stand at the same place of every line of ours.</summary>
internal static class LogLine
{
    private const int TimeAt = 14; // {"timestamp":"
    private const int LevelAt = TimeAt + 24 + 11; // time, ","level":"

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private static readonly System.Text.UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    // What stands in JSON as it stands in the text.
    private static readonly SearchValues<char> Plain = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c).Where(c => c is not ('"' or '\\'))]);

    /// <summary>Writes an entry and its line break.</summary>
    public static void Write(ArrayBufferWriter<byte> buffer, LogEntry entry)
    {
        var data = entry.Data?.ToString();
        if (entry.Message.AsSpan().ContainsAnyExcept(Plain) || data.AsSpan().ContainsAnyInRange('\0', '\x1F'))
        {
            WriteEscaped(buffer, entry);
        }
        else
        {
            WritePlain(buffer, entry, data);
        }
    }

    // Most lines are of this kind: nothing to escape in the message, and data that are one line already.
    private static void WritePlain(ArrayBufferWriter<byte> buffer, LogEntry entry, string? data)
    {
        var line = new Utf8Line(buffer.GetSpan(128 + entry.Message.Length + (data is null ? 0 : Encoding.UTF8.GetMaxByteCount(data.Length))));
        line.Add("{\"timestamp\":\""u8);
        line.Add(entry.Timestamp);
        line.Add("\",\"level\":\""u8);
        line.Add(Words.Of(entry.Level));
        line.Add("\",\"message\":\""u8);
        line.Add(entry.Message);
        line.Add("\""u8);
        if (data is not null)
        {
            line.Add(",\"data\":"u8);
            line.Add(data);
        }

        if (entry.Seq is { } seq)
        {
            line.Add(",\"seq\":"u8);
            line.Add(seq);
        }

        line.Add("}\n"u8);
        buffer.Advance(line.Length);
    }

    private static void WriteEscaped(ArrayBufferWriter<byte> buffer, LogEntry entry)
    {
        var writer = _writer ??= new Utf8JsonWriter(Stream.Null, Options);
        writer.Reset(buffer);
        writer.WriteStartObject();
        writer.WriteString("timestamp"u8, Words.Of(entry.Timestamp));
        writer.WriteString("level"u8, Words.Of(entry.Level));
        writer.WriteString("message"u8, entry.Message);
        if (entry.Data is { } data)
        {
            // As one line whatever it looked like: a line break inside would end the record.
            writer.WritePropertyName("data"u8);
            using var document = JsonDocument.Parse(data.ToString());
            document.RootElement.WriteTo(writer);
        }

        if (entry.Seq is { } seq)
        {
            writer.WriteNumber("seq"u8, seq);
        }

        writer.WriteEndObject();
        writer.Flush();
        buffer.Write("\n"u8);
    }

    /// <summary>True when the beginning of the line alone shows that the entry is lighter than a level. False also means: not known.</summary>
    public static bool IsLighter(ReadOnlySpan<byte> line, LogLevel level)
    {
        if (line.Length <= LevelAt + 6 || line[^1] != '}' || !line.StartsWith("{\"timestamp\":\""u8) || !line[(LevelAt - 11)..].StartsWith("\",\"level\":\""u8))
        {
            return false;
        }

        var word = line[LevelAt..(LevelAt + 5)];
        LogLevel? known = word.StartsWith("info\""u8) ? LogLevel.Info : word.StartsWith("debug"u8) ? LogLevel.Debug : word.StartsWith("warn\""u8) ? LogLevel.Warn : null;
        return known < level;
    }

    /// <summary>Reads a line; null when it is malformed.</summary>
    public static LogEntry? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            return Parse(line);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            return null;
        }
    }

    private static LogEntry? Parse(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = JsonText.MaxDepth + 1 });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        DateTimeOffset? time = null;
        LogLevel? level = null;
        string? message = null;
        JsonMap? data = null;
        long? seq = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("timestamp"u8))
            {
                reader.Read();
                time = reader.GetDateTimeOffset();
            }
            else if (reader.ValueTextEquals("level"u8))
            {
                reader.Read();
                level = Words.Level(reader.ValueSpan);
            }
            else if (reader.ValueTextEquals("message"u8))
            {
                reader.Read();
                message = reader.GetString();
            }
            else if (reader.ValueTextEquals("data"u8))
            {
                reader.Read();
                data = Data(ref reader, line);
            }
            else if (reader.ValueTextEquals("seq"u8))
            {
                reader.Read();
                seq = reader.GetInt64();
            }
            else
            {
                reader.Skip();
            }
        }

        // To the end of the text: what follows the object would be a sign of two writes run into each other.
        var ended = reader.TokenType == JsonTokenType.EndObject && !reader.Read();
        return ended && time is { } at && level is { } weight && message is not null
            ? new LogEntry { Timestamp = at, Level = weight, Message = message, Data = data, Seq = seq }
            : null;
    }

    private static JsonMap? Data(ref Utf8JsonReader reader, ReadOnlySpan<byte> line)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("The data of a log entry are an object.");
        }

        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return JsonMap.FromTrusted(StrictUtf8.GetString(line[start..(int)reader.BytesConsumed]));
    }
}
