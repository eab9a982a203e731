using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OpenCode.Common;

/// <summary>A task as the JSON that programs are given: camel case, words in lower case, times in UTC with milliseconds; what is not set is left out.</summary>
public static class TaskJson
{
    /// <summary>Deeper data would break a reader's usual limit of 64 levels, and with it the whole object.</summary>
    private const int MostDepth = 48;

    /// <summary>A member of an enumeration.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum => LowerFirst(value.ToString());

    /// <summary>A time.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>A task.</summary>
    public static JsonObject Of(AgentTask task)
    {
        var json = new JsonObject
        {
            ["id"] = task.Id,
            ["name"] = task.Name,
            ["status"] = Word(task.Status),
            ["mode"] = Word(task.Mode),
            ["owner"] = task.Owner,
            ["agents"] = new JsonArray([.. task.Agents.Select(agent => (JsonNode)agent)]),
            ["priority"] = task.Priority,
            ["version"] = task.Version,
            ["attempt"] = task.Attempt,
            ["createdAt"] = Time(task.CreatedAt),
            ["updatedAt"] = Time(task.UpdatedAt),
            ["metadata"] = Nested(task.Metadata.ToString()) is JsonObject metadata ? metadata : new JsonObject { ["json"] = task.Metadata.ToString() },
        };
        Set(json, "description", task.Description);
        Set(json, "error", task.Error);
        Set(json, "image", task.Image);
        Set(json, "startedAt", task.StartedAt is { } started ? Time(started) : null);
        Set(json, "finishedAt", task.FinishedAt is { } finished ? Time(finished) : null);
        if (task.DependsOn.Count > 0)
        {
            json["dependsOn"] = new JsonArray([.. task.DependsOn.Select(id => (JsonNode)id)]);
        }

        if (task.Result is { } result)
        {
            json["result"] = Of(result);
        }

        return json;
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

    private static string LowerFirst(string word) => char.ToLowerInvariant(word[0]) + word[1..];
}
