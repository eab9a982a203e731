using System.Buffers;
using System.Globalization;
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

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonObject Answer(AgentTask task) => JsonObject.Create(Element(task))!;

    /// <summary>The same for who only hands it on: reading one task is what clients do most.</summary>
    public static JsonElement Element(AgentTask task)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, Plain))
        {
            writer.WriteStartObject();
            writer.WriteBoolean("success"u8, true);
            writer.WriteString("taskId"u8, task.Id);
            writer.WriteString("status"u8, TaskJson.Word(task.Status));
            writer.WritePropertyName("task"u8);
            TaskJson.Write(writer, task);
            writer.WriteEndObject();
        }

        return JsonElement.Parse(buffer.WrittenSpan);
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

    public static string Describe(JsonObject answer) => Describe(answer.Deserialize(AnswerJson.ElementType));

    public static string Describe(JsonElement answer)
    {
        var task = answer.GetProperty("task"u8);
        var text = new StringBuilder(512);
        text.Append("Task ").Append(task.GetProperty("id"u8).GetString()).Append(" \"").Append(task.GetProperty("name"u8).GetString()).Append("\" is ").Append(task.GetProperty("status"u8).GetString()).Append('.');
        foreach (var member in task.EnumerateObject())
        {
            var value = member.Value;
            if (member.NameEquals("id"u8) || member.NameEquals("name"u8) || member.NameEquals("status"u8) || IsEmpty(value))
            {
                continue;
            }

            text.Append('\n').Append(member.Name).Append(": ");
            _ = value.ValueKind switch
            {
                JsonValueKind.Array => text.AppendJoin(", ", value.EnumerateArray().Select(static item => item.ToString())),
                JsonValueKind.String => text.Append(value.GetString()),
                _ => text.Append(value.GetRawText()),
            };
        }

        return text.ToString();
    }

    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => true,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => value.GetPropertyCount() == 0,
        _ => false,
    };
}
