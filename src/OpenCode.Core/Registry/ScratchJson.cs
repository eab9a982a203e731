using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace OpenCode.Registry;

/// <summary>Small JSON objects that every change makes: each thread has a buffer and a writer for them, so nothing is made twice.</summary>
internal static class ScratchJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <summary>Begins an object.</summary>
    public static Utf8JsonWriter Begin()
    {
        var buffer = _buffer is { Capacity: <= 64 * 1024 } kept ? kept : _buffer = new ArrayBufferWriter<byte>(256);
        var writer = _writer ??= new Utf8JsonWriter(buffer, Options);
        buffer.ResetWrittenCount();
        writer.Reset(buffer);
        writer.WriteStartObject();
        return writer;
    }

    /// <summary>Writes a member. What is neither text, a whole number, a boolean nor null goes the general way.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: a value that has no JSON form.</exception>
    public static void Member(Utf8JsonWriter writer, string name, object? value)
    {
        switch (value)
        {
            case null: writer.WriteNull(name); break;
            case string text: writer.WriteString(name, text); break;
            case long number: writer.WriteNumber(name, number); break;
            case bool flag: writer.WriteBoolean(name, flag); break;
            default:
                // Written before anything else is: the general way may throw.
                var json = JsonText.Write(value);
                writer.WritePropertyName(name);
                writer.WriteRawValue(json);
                break;
        }
    }

    /// <summary>Ends the object that <see cref="Begin"/> began on this thread.</summary>
    public static string End(Utf8JsonWriter writer)
    {
        writer.WriteEndObject();
        writer.Flush();
        return Encoding.UTF8.GetString(_buffer!.WrittenSpan);
    }
}
