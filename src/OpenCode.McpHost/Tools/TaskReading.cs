using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using OpenCode.Common;

namespace OpenCode.McpHost.Tools;

/// <summary>An answer about one task.</summary>
internal static class TaskReading
{
    public const string Gives = """
        {"taskId":{"type":"string"},"status":{"type":"string"},"task":{"type":"object"}}
        """;

    public static JsonObject Answer(AgentTask task) => new()
    {
        ["success"] = true,
        ["taskId"] = task.Id,
        ["status"] = TaskJson.Word(task.Status),
        ["task"] = TaskJson.Of(task),
    };

    public static string Describe(JsonObject answer)
    {
        var task = answer["task"]!.AsObject();
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"Task {task["id"]} \"{task["name"]}\" is {task["status"]}.");
        foreach (var (name, value) in task)
        {
            if (name is not ("id" or "name" or "status") && value is not (null or JsonArray { Count: 0 } or JsonObject { Count: 0 }))
            {
                text.Append('\n').Append(name).Append(": ").Append(value is JsonArray list ? string.Join(", ", list) : value is JsonValue ? value.ToString() : value.ToJsonString());
            }
        }

        return text.ToString();
    }
}
