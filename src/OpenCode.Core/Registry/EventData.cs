using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using OpenCode.Common;

namespace OpenCode.Registry;

/// <summary>The data of lifecycle events: a small JSON object whose first member names the event.</summary>
internal static class EventData
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <summary>The JSON text; members without a value are left out.</summary>
    public static string For(TaskEvent kind, params ReadOnlySpan<(string Name, object? Value)> members)
    {
        // Every change makes one of these, so nothing is made twice; what is not text or a whole number goes the general way.
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(256);
        var writer = _writer ??= new Utf8JsonWriter(buffer, Options);
        buffer.ResetWrittenCount();
        writer.Reset(buffer);
        writer.WriteStartObject();
        var name = kind.ToString();
        writer.WriteString("event"u8, char.ToLowerInvariant(name[0]) + name[1..]);
        foreach (var (member, value) in members)
        {
            switch (value)
            {
                case null: break;
                case string text: writer.WriteString(member, text); break;
                case long number: writer.WriteNumber(member, number); break;
                default:
                    writer.WritePropertyName(member);
                    writer.WriteRawValue(JsonText.Write(value));
                    break;
            }
        }

        writer.WriteEndObject();
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
