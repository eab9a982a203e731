using System.Text;
using System.Text.Json.Nodes;
using OpenCode.Common;

namespace OpenCode.Hooks;

/// <summary>What a program is told of an event: one JSON object, as MCP answers write theirs.</summary>
internal static class InvocationJson
{
    /// <summary>An event's name as the configuration writes it.</summary>
    public static string Word(HookEvent moment) => TaskJson.Word(moment);

    /// <summary>The JSON, as UTF-8.</summary>
    public static byte[] Write(HookInvocation invocation, string dataRoot)
    {
        var hook = invocation.Hook;
        var json = new JsonObject
        {
            ["event"] = Word(invocation.Event),
            ["timestamp"] = TaskJson.Time(invocation.Timestamp),
            ["hook"] = new JsonObject { ["id"] = hook.Id, ["name"] = hook.Name, ["priority"] = hook.Priority, ["blocking"] = hook.Blocking },
            ["taskId"] = invocation.TaskId,
            ["agentId"] = invocation.AgentId,
            ["task"] = TaskJson.Of(invocation.Task),
            ["result"] = invocation.Result is { } result ? TaskJson.Of(result) : null,
            ["error"] = invocation.Error,
            ["dataRoot"] = dataRoot,
        };
        return Encoding.UTF8.GetBytes(json.ToJsonString());
    }
}
