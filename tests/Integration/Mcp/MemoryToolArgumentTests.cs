using System.Text.Json.Nodes;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>Wrong, missing, unknown and hostile arguments of the tools for memory, checkpoints and searches: refused by name, and nothing is changed.</summary>
public sealed class MemoryToolArgumentTests(SharedHostOfAllTools shared) : IClassFixture<SharedHostOfAllTools>
{
    [Theory]
    [InlineData("complete_task", """{}""", "taskId")]
    [InlineData("complete_task", """{ "taskId": "../T" }""", "task id")]
    [InlineData("complete_task", """{ "taskId": "T", "message": 5 }""", "message")]
    [InlineData("complete_task", """{ "taskId": "T", "fence": 1 }""", "fence")]
    [InlineData("complete_task", """{ "taskId": "T", "agentId": "" }""", "agent id")]
    [InlineData("complete_task", """{ "taskId": "T", "result": { "a": 1e999 } }""", "1e999")]
    [InlineData("complete_task", """{ "taskId": "T", "success": false }""", "success")]
    [InlineData("fail_task", """{ "taskId": "T" }""", "error")]
    [InlineData("fail_task", """{ "taskId": "T", "error": "" }""", "error")]
    [InlineData("fail_task", """{ "taskId": "T", "error": null }""", "error")]
    [InlineData("resume_task", """{}""", "checkpoint")]
    [InlineData("resume_task", """{ "taskId": "T", "checkpointId": "../x" }""", "checkpoint id")]
    [InlineData("resume_task", """{ "taskId": "T", "leaseSeconds": 60 }""", "leaseSeconds")]
    [InlineData("resume_task", """{ "taskId": "T", "agentId": "a", "leaseSeconds": 0 }""", "leaseSeconds")]
    [InlineData("wait_for_task", """{}""", "taskIds")]
    [InlineData("wait_for_task", """{ "taskIds": [] }""", "taskIds")]
    [InlineData("wait_for_task", """{ "taskIds": ["T", 1] }""", "taskIds")]
    [InlineData("wait_for_task", """{ "taskIds": "a/b" }""", "task id")]
    [InlineData("wait_for_task", """{ "taskIds": "T", "status": "done" }""", "status")]
    [InlineData("wait_for_task", """{ "taskIds": "T", "waitMs": 300001 }""", "waitMs")]
    [InlineData("wait_for_task", """{ "taskIds": "T", "any": "yes" }""", "any")]
    [InlineData("wait_for_task", """{ "taskIds": "T", "idempotencyKey": "k" }""", "idempotencyKey")]
    [InlineData("append_log", """{ "taskId": "T" }""", "message")]
    [InlineData("append_log", """{ "taskId": "T", "message": " " }""", "message")]
    [InlineData("append_log", """{ "taskId": "T", "message": "m", "level": "fatal" }""", "level")]
    [InlineData("append_log", """{ "taskId": "T", "message": "m", "data": [] }""", "data")]
    [InlineData("append_log", """{ "taskId": "T", "message": "m", "fence": 1 }""", "fence")]
    [InlineData("record_decision", """{ "taskId": "T" }""", "decision")]
    [InlineData("record_decision", """{ "taskId": "T", "decision": "" }""", "decision")]
    [InlineData("record_decision", """{ "taskId": "T", "decision": "d", "reasoning": ["r"] }""", "reasoning")]
    [InlineData("record_decision", """{ "taskId": "T", "decision": "d", "metadata": "m" }""", "metadata")]
    [InlineData("get_history", """{}""", "taskId")]
    [InlineData("get_history", """{ "taskId": "T", "last": 0 }""", "last")]
    [InlineData("get_history", """{ "taskId": "T", "last": 1001 }""", "last")]
    [InlineData("get_history", """{ "taskId": "T", "after": "yesterday" }""", "after")]
    [InlineData("get_history", """{ "taskId": "T", "before": 5 }""", "before")]
    [InlineData("get_history", """{ "taskId": "T", "level": "loud" }""", "level")]
    [InlineData("get_decisions", """{ "taskId": "T", "agentId": "a\nb" }""", "agent id")]
    [InlineData("get_decisions", """{ "taskId": "T", "last": "all" }""", "last")]
    [InlineData("create_checkpoint", """{}""", "taskId")]
    [InlineData("create_checkpoint", """{ "taskId": "T", "description": {} }""", "description")]
    [InlineData("list_checkpoints", """{ "taskId": "" }""", "task id")]
    [InlineData("list_checkpoints", """{ "taskId": "T", "last": -1 }""", "last")]
    [InlineData("restore_checkpoint", """{ "taskId": "T" }""", "checkpointId")]
    [InlineData("restore_checkpoint", """{ "checkpointId": "../../x" }""", "checkpoint id")]
    [InlineData("restore_checkpoint", """{ "checkpointId": ["x"] }""", "checkpointId")]
    [InlineData("find_tasks", """{}""", "Nothing to look for")]
    [InlineData("find_tasks", """{ "query": "?!" }""", "?!")]
    [InlineData("find_tasks", """{ "query": "x", "limit": 0 }""", "limit")]
    [InlineData("find_tasks", """{ "metadata": "x" }""", "metadata")]
    [InlineData("find_tasks", """{ "owner": "" }""", "owner")]
    [InlineData("task_stats", """{ "recent": 101 }""", "recent")]
    [InlineData("task_stats", """{ "all": true }""", "all")]
    public async Task Wrong_argument_is_refused_by_its_name(string tool, string arguments, string name)
    {
        var before = await StandAsync();

        Assert.Contains(name, await shared.Host.RefusedAsync("InvalidArgument", tool, JsonNode.Parse(arguments)), StringComparison.Ordinal);

        Assert.Equal(before, await StandAsync());
    }

    private async Task<string> StandAsync() =>
        (await shared.Host.OkAsync("get_task_status", new { taskId = "T" }))["task"]!.ToJsonString()
        + (await shared.Host.OkAsync("get_history", new { taskId = "T" }))["entries"]!.ToJsonString()
        + (await shared.Host.OkAsync("get_decisions", new { taskId = "T" }))["decisions"]!.ToJsonString()
        + (await shared.Host.OkAsync("list_checkpoints", new { taskId = "T" }))["checkpoints"]!.ToJsonString();
}
