using System.Text.Json.Nodes;

namespace OpenCode.Common;

/// <summary>What a task remembers as the JSON that programs are given, by the rules of <see cref="TaskJson"/>.</summary>
public static class MemoryJson
{
    /// <summary>A line of a log.</summary>
    public static JsonObject Of(LogEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var json = new JsonObject
        {
            ["timestamp"] = TaskJson.Time(entry.Timestamp),
            ["level"] = TaskJson.Word(entry.Level),
            ["message"] = entry.Message,
        };
        if (entry.Data is { } data)
        {
            json["data"] = TaskJson.Nested(data.ToString());
        }

        if (entry.Seq is { } seq)
        {
            json["seq"] = seq;
        }

        return json;
    }

    /// <summary>A decision.</summary>
    public static JsonObject Of(Decision decision)
    {
        ArgumentNullException.ThrowIfNull(decision);
        var json = new JsonObject
        {
            ["timestamp"] = TaskJson.Time(decision.Timestamp),
            ["agentId"] = decision.AgentId,
            ["decision"] = decision.Text,
        };
        TaskJson.Set(json, "reasoning", decision.Reasoning);
        if (decision.Metadata.Count > 0)
        {
            json["metadata"] = TaskJson.Nested(decision.Metadata.ToString());
        }

        return json;
    }

    /// <summary>A checkpoint, without the path it has on its machine.</summary>
    public static JsonObject Of(Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        var json = new JsonObject
        {
            ["id"] = checkpoint.Id,
            ["taskId"] = checkpoint.TaskId,
            ["timestamp"] = TaskJson.Time(checkpoint.Timestamp),
        };
        TaskJson.Set(json, "description", checkpoint.Description);
        TaskJson.Set(json, "parent", checkpoint.Parent);
        json["files"] = new JsonArray([.. checkpoint.Files.Select(file => (JsonNode)new JsonObject { ["name"] = file.Name, ["bytes"] = file.Bytes, ["sha256"] = file.Sha256 })]);
        return json;
    }

    /// <summary>A state.</summary>
    public static JsonObject Of(TaskState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return new JsonObject
        {
            ["taskId"] = state.TaskId,
            ["status"] = TaskJson.Word(state.Status),
            ["version"] = state.Version,
            ["lastUpdated"] = TaskJson.Time(state.LastUpdated),
            ["data"] = TaskJson.Nested(state.Data.ToString()),
        };
    }

    /// <summary>An execution with its output.</summary>
    public static JsonObject Of(Execution execution)
    {
        ArgumentNullException.ThrowIfNull(execution);
        return new JsonObject
        {
            ["id"] = execution.Id,
            ["taskId"] = execution.TaskId,
            ["agentId"] = execution.AgentId,
            ["command"] = new JsonArray([.. execution.Command.Select(argument => (JsonNode)argument)]),
            ["startedAt"] = TaskJson.Time(execution.StartedAt),
            ["status"] = TaskJson.Word(execution.Status),
            ["reason"] = execution.Reason,
            ["exitCode"] = execution.ExitCode,
            ["timedOut"] = execution.TimedOut,
            ["duration"] = execution.Duration is { } duration ? Math.Round(duration.TotalMilliseconds) : null,
            ["truncated"] = execution.Truncated,
            ["stdout"] = execution.Stdout,
            ["stderr"] = execution.Stderr,
        };
    }
}
