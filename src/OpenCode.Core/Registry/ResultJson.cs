namespace OpenCode.Registry;

/// <summary>The JSON form in which the registry keeps a <see cref="TaskResult"/>.</summary>
public static class ResultJson
{
    /// <summary>The JSON text.</summary>
    public static string Write(TaskResult result) => JsonText.Write(new OrderedDictionary<string, object?>
    {
        ["success"] = result.Success,
        ["data"] = result.Data,
        ["message"] = result.Message,
        ["error"] = result.Error,
    });

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static TaskResult Read(string json)
    {
        var map = JsonMap.Parse(json);
        return new TaskResult(map["success"] is true, map["data"], map["message"] as string, map["error"] as string);
    }
}
