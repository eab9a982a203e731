using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpenCode.Common;

namespace OpenCode.McpHost.Tools;

/// <summary>An answer about one task.</summary>
internal static class TaskReading
{
    public const string Gives = """
        {"taskId":{"type":"string"},"status":{"type":"string"},"task":{"type":"object"}}
        """;

    /// <summary>What most answers fit in, in bytes.</summary>
    private const int Usual = 1024;

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonObject Answer(AgentTask task) => JsonObject.Create(JsonElement.Parse(Write(task, out _).WrittenSpan))!;

    /// <summary>The same for who only hands it on: reading one task is what clients do most.</summary>
    public static DirectAnswer Direct(AgentTask task)
    {
        var structured = Write(task, out var written);
        var text = new ArrayBufferWriter<byte>(Usual);
        TaskText.Write(structured.WrittenSpan[written], text);
        return new DirectAnswer(structured.WrittenMemory, text.WrittenMemory);
    }

    /// <summary>Tasks as an array, which stops growing before it is more than a reader takes.</summary>
    public static JsonArray List(IEnumerable<AgentTask> tasks)
    {
        var list = new JsonArray();
        var size = 0;
        foreach (var task in tasks)
        {
            list.Add((JsonNode)TaskJson.Of(task));
            size += task.Metadata.ToString().Length + (task.Description?.Length ?? 0) + (task.Result is null ? 0 : list[^1]!["result"]!.ToJsonString().Length);
            if (size > AnswerJson.MostCharacters)
            {
                break;
            }
        }

        return list;
    }

    /// <summary>A line for each task.</summary>
    public static string Lines(JsonNode tasks)
    {
        var text = new StringBuilder();
        foreach (var task in tasks.AsArray())
        {
            var agents = task!["agents"]!.AsArray();
            text.Append(CultureInfo.InvariantCulture, $"\n{task["id"]} {task["status"]} \"{task["name"]}\" owner {task["owner"]}");
            text.Append(agents.Count > 0 ? $" agents {string.Join(", ", agents)}" : "");
        }

        return text.ToString();
    }

    public static string Describe(JsonObject answer)
    {
        var text = new ArrayBufferWriter<byte>(Usual);
        TaskText.Write(JsonMarshal.GetRawUtf8Value(answer.Deserialize(AnswerJson.ElementType).GetProperty("task"u8)), text);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    // Where the task itself is in it is told too.
    private static ArrayBufferWriter<byte> Write(AgentTask task, out Range written)
    {
        var buffer = new ArrayBufferWriter<byte>(Usual);
        using var writer = new Utf8JsonWriter(buffer, Plain);
        writer.WriteStartObject();
        writer.WriteBoolean("success"u8, true);
        writer.WriteString("taskId"u8, task.Id);
        writer.WriteString("status"u8, TaskJson.Word(task.Status));
        writer.WritePropertyName("task"u8);
        var start = (int)(writer.BytesCommitted + writer.BytesPending);
        TaskJson.Write(writer, task);
        written = start..(int)(writer.BytesCommitted + writer.BytesPending);
        writer.WriteEndObject();
        writer.Flush();
        return buffer;
    }
}
