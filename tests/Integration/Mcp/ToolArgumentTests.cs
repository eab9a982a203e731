using System.Text.Json.Nodes;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>Wrong, missing and unknown arguments of every tool: refused by name, and nothing is changed. One host hears them all.</summary>
public sealed class ToolArgumentTests(SharedHost shared) : IClassFixture<SharedHost>
{
    [Theory]
    [InlineData("""{}""", "name")]
    [InlineData("""{ "name": null }""", "name")]
    [InlineData("""{ "name": 5 }""", "name")]
    [InlineData("""{ "name": ["n"] }""", "name")]
    [InlineData("""{ "name": "" }""", "name")]
    [InlineData("""{ "name": "n", "taskId": "../../x" }""", "task id")]
    [InlineData("""{ "name": "n", "taskId": 1 }""", "taskId")]
    [InlineData("""{ "name": "n", "mode": "shared" }""", "mode")]
    [InlineData("""{ "name": "n", "metadata": "text" }""", "metadata")]
    [InlineData("""{ "name": "n", "metadata": [] }""", "metadata")]
    [InlineData("""{ "name": "n", "owner": {} }""", "owner")]
    [InlineData("""{ "name": "n", "title": "t" }""", "title")]
    [InlineData("""{ "name": "n", "Name": "t" }""", "Name")]
    [InlineData("""{ "name": "n", "idempotencyKey": 7 }""", "idempotencyKey")]
    public async Task Create_refuses_a_wrong_argument_by_its_name(string arguments, string name) =>
        await RefusedArgumentAsync("create_task_sandbox", arguments, name);

    [Theory]
    [InlineData("""{ "taskId": "T" }""", "agentId")]
    [InlineData("""{ "agentId": "a" }""", "taskId")]
    [InlineData("""{ "taskId": "T", "agentId": "" }""", "agent id")]
    [InlineData("""{ "taskId": "T", "agentId": "a", "leaseSeconds": 0 }""", "leaseSeconds")]
    [InlineData("""{ "taskId": "T", "agentId": "a", "leaseSeconds": "60" }""", "leaseSeconds")]
    [InlineData("""{ "taskId": "T", "agentId": "a", "leaseSeconds": 1.5 }""", "leaseSeconds")]
    [InlineData("""{ "taskId": "T", "agentId": "a", "leaseSeconds": 1e300 }""", "leaseSeconds")]
    [InlineData("""{ "taskId": "T", "agentId": "a", "wait": 1 }""", "wait")]
    public async Task Attach_refuses_a_wrong_argument_by_its_name(string arguments, string name) =>
        await RefusedArgumentAsync("attach_agent_to_task", arguments, name);

    [Theory]
    [InlineData("""{ "taskId": "T" }""", "agentId")]
    [InlineData("""{ "taskId": "T", "agentId": 5 }""", "agentId")]
    [InlineData("""{ "taskId": "T", "agentId": "a", "force": true }""", "force")]
    public async Task Detach_refuses_a_wrong_argument_by_its_name(string arguments, string name) =>
        await RefusedArgumentAsync("detach_agent_from_task", arguments, name);

    [Theory]
    [InlineData("""{ "status": "done" }""", "status")]
    [InlineData("""{ "status": 1 }""", "status")]
    [InlineData("""{ "limit": 0 }""", "limit")]
    [InlineData("""{ "limit": 1001 }""", "limit")]
    [InlineData("""{ "limit": "10" }""", "limit")]
    [InlineData("""{ "offset": -1 }""", "offset")]
    [InlineData("""{ "page": 1 }""", "page")]
    [InlineData("""{ "idempotencyKey": "k" }""", "idempotencyKey")]
    public async Task List_refuses_a_wrong_argument_by_its_name(string arguments, string name) =>
        await RefusedArgumentAsync("list_tasks", arguments, name);

    [Theory]
    [InlineData("get_task_status", """{}""", "taskId")]
    [InlineData("get_task_status", """{ "taskId": true }""", "taskId")]
    [InlineData("get_task_status", """{ "taskId": "a/b" }""", "task id")]
    [InlineData("get_task_status", """{ "taskId": "T", "verbose": true }""", "verbose")]
    [InlineData("cancel_task", """{}""", "taskId")]
    [InlineData("cancel_task", """{ "taskId": "T", "reason": 1 }""", "reason")]
    [InlineData("cancel_task", """{ "taskId": "T", "because": "x" }""", "because")]
    [InlineData("delete_task", """{}""", "taskId")]
    [InlineData("delete_task", """{ "taskId": "T", "force": "yes" }""", "force")]
    [InlineData("delete_task", """{ "taskId": "T", "force": 1 }""", "force")]
    public async Task Get_cancel_and_delete_refuse_a_wrong_argument_by_its_name(string tool, string arguments, string name) =>
        await RefusedArgumentAsync(tool, arguments, name);

    [Theory]
    [InlineData("""{ "taskId": "T" }""", "command")]
    [InlineData("""{ "taskId": "T", "command": "" }""", "command")]
    [InlineData("""{ "taskId": "T", "command": [] }""", "command")]
    [InlineData("""{ "taskId": "T", "command": ["ls", 1] }""", "command")]
    [InlineData("""{ "taskId": "T", "command": { "run": "ls" } }""", "command")]
    [InlineData("""{ "taskId": "T", "command": "ls", "timeout": 0 }""", "timeout")]
    [InlineData("""{ "taskId": "T", "command": "ls", "timeout": 86400001 }""", "timeout")]
    [InlineData("""{ "taskId": "T", "command": "ls", "timeout": "30s" }""", "timeout")]
    [InlineData("""{ "taskId": "T", "command": "ls", "workdir": ["/"] }""", "workdir")]
    [InlineData("""{ "taskId": "T", "command": "ls", "fence": 1 }""", "fence")]
    [InlineData("""{ "taskId": "T", "command": "ls", "agentId": "a", "fence": "1" }""", "fence")]
    [InlineData("""{ "taskId": "T", "command": "ls", "shell": true }""", "shell")]
    public async Task Execute_refuses_a_wrong_argument_by_its_name(string arguments, string name) =>
        await RefusedArgumentAsync("execute_in_task", arguments, name);

    private async Task RefusedArgumentAsync(string tool, string arguments, string name)
    {
        var before = (await shared.Host.OkAsync("list_tasks"))["tasks"]!.ToJsonString();

        Assert.Contains(name, await shared.Host.RefusedAsync("InvalidArgument", tool, JsonNode.Parse(arguments)), StringComparison.Ordinal);

        Assert.Equal(before, (await shared.Host.OkAsync("list_tasks"))["tasks"]!.ToJsonString());
    }
}
