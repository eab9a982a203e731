using System.Buffers;
using System.Text.Json;

namespace OpenCode.McpHost.Tools;

/// <summary>A task for reading, made from its JSON in one go: reading one task is what clients do most.</summary>
internal static class TaskText
{
    /// <summary>Writes the text.</summary>
    /// <param name="task">The task, as <see cref="Common.TaskJson"/> writes it.</param>
    /// <param name="output">Takes the text in UTF-8.</param>
    public static void Write(ReadOnlySpan<byte> task, IBufferWriter<byte> output)
    {
        output.Write("Task "u8);
        WriteMember(task, "id"u8, output);
        output.Write(" \""u8);
        WriteMember(task, "name"u8, output);
        output.Write("\" is "u8);
        WriteMember(task, "status"u8, output);
        output.Write("."u8);

        var reader = new Utf8JsonReader(task);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isInHeading = reader.ValueTextEquals("id"u8) || reader.ValueTextEquals("name"u8) || reader.ValueTextEquals("status"u8);
            var name = reader.ValueSpan;
            reader.Read();
            if (isInHeading || IsEmpty(reader))
            {
                reader.Skip();
                continue;
            }

            output.Write("\n"u8);
            output.Write(name);
            output.Write(": "u8);
            if (reader.TokenType == JsonTokenType.StartArray)
            {
                WriteItems(task, ref reader, output);
            }
            else
            {
                WriteValue(task, ref reader, output);
            }
        }
    }

    private static void WriteMember(ReadOnlySpan<byte> task, ReadOnlySpan<byte> name, IBufferWriter<byte> output)
    {
        var reader = new Utf8JsonReader(task);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals(name);
            reader.Read();
            if (found)
            {
                WriteValue(task, ref reader, output);
                return;
            }

            reader.Skip();
        }
    }

    private static void WriteItems(ReadOnlySpan<byte> task, ref Utf8JsonReader reader, IBufferWriter<byte> output)
    {
        for (var first = true; reader.Read() && reader.TokenType != JsonTokenType.EndArray; first = false)
        {
            if (!first)
            {
                output.Write(", "u8);
            }

            WriteValue(task, ref reader, output);
        }
    }

    // Text as it is, everything else as JSON has it.
    private static void WriteValue(ReadOnlySpan<byte> task, ref Utf8JsonReader reader, IBufferWriter<byte> output)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            output.Advance(reader.CopyString(output.GetSpan(reader.ValueSpan.Length)));
            return;
        }

        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        output.Write(task[start..(int)reader.BytesConsumed]);
    }

    // The reader is a copy: what it reads here, the caller reads again.
    private static bool IsEmpty(Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Null => true,
        JsonTokenType.StartArray => reader.Read() && reader.TokenType == JsonTokenType.EndArray,
        JsonTokenType.StartObject => reader.Read() && reader.TokenType == JsonTokenType.EndObject,
        _ => false,
    };
}
