namespace OpenCode.Registry;

/// <summary>The JSON form in which the registry keeps a <see cref="TaskResult"/>.</summary>
public static class ResultJson
{
    /// <summary>The JSON text.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: the data have no JSON form.</exception>
    public static string Write(TaskResult result) => JsonText.Write(new OrderedDictionary<string, object?>
    {
        ["success"] = result.Success,
        ["data"] = result.Data,
        ["message"] = result.Message,
        ["error"] = result.Error,
    });

    /// <summary>The same for a result that was checked when it was given, and whose data are as they are read from JSON.</summary>
    internal static string WriteChecked(TaskResult result)
    {
        var writer = ScratchJson.Begin();
        ScratchJson.Member(writer, "success", result.Success);
        ScratchJson.Member(writer, "data", result.Data);
        ScratchJson.Member(writer, "message", result.Message);
        ScratchJson.Member(writer, "error", result.Error);
        return ScratchJson.End(writer);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static TaskResult Read(string json)
    {
        var map = JsonMap.Parse(json);
        return new TaskResult(map["success"] is true, map["data"], map["message"] as string, map["error"] as string);
    }
}
