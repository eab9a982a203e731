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
