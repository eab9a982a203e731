using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using OpenCode.Common;
using OpenCode.Configuration;

namespace OpenCode.Tests.Integration.Mcp;

public sealed class ResourceTests : IAsyncLifetime
{
    private readonly HostStore _store = new() { Tools = "all" };
    private HostClient _host = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _host = await HostClient.StartAsync(_store);
        await _host.OkAsync("create_task_sandbox", new { name = "Grüße 世界", taskId = "T" });
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _store.Dispose();
    }

    [Fact]
    public async Task Tasks_are_listed_in_pages_and_each_can_be_read()
    {
        for (var i = 0; i < 105; i++)
        {
            await _host.OkAsync("create_task_sandbox", new { name = $"n{i}", taskId = $"task{i}" });
        }

        var first = await _host.Client.ListResourcesAsync(new ListResourcesRequestParams(), Token);
        Assert.Equal("opencode://tasks", first.Resources[0].Uri);
        Assert.Equal(("opencode://tasks/task104", "n104"), (first.Resources[1].Uri, first.Resources[1].Title));
        Assert.NotNull(first.NextCursor);
        var second = await _host.Client.ListResourcesAsync(new ListResourcesRequestParams { Cursor = first.NextCursor }, Token);
        Assert.Null(second.NextCursor);
        Assert.Equal(106, first.Resources.Concat(second.Resources).Select(resource => resource.Uri).Distinct().Count() - 1);
        Assert.Equal(McpErrorCode.InvalidParams, (await Assert.ThrowsAsync<McpProtocolException>(() => _host.Client.ListResourcesAsync(new ListResourcesRequestParams { Cursor = "x" }, Token).AsTask())).ErrorCode);

        Assert.Equal(106, JsonNode.Parse(await TextAsync("opencode://tasks", "application/json"))!["count"]!.GetValue<int>());
        Assert.Equal(0, JsonNode.Parse(await TextAsync("opencode://tasks?status=failed", "application/json"))!["count"]!.GetValue<int>());
        Assert.Equal("Grüße 世界", JsonNode.Parse(await TextAsync("opencode://tasks/T", "application/json"))!["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task Every_part_of_a_task_has_its_resource_and_type()
    {
        var templates = (await _host.Client.ListResourceTemplatesAsync(cancellationToken: Token)).Select(template => template.UriTemplate).ToArray();
        Assert.Equal(
            ["{id}", "{id}/state", "{id}/log{?level,last,before}", "{id}/decisions", "{id}/checkpoints", "{id}/executions/{executionId}", "{id}/workspace/{+path}"],
            templates.Select(template => template["opencode://tasks/".Length..]));
        await _host.OkAsync("record_decision", new { taskId = "T", decision = "SQLite", reasoning = "it is there" });
        var checkpoint = (await _host.OkAsync("create_checkpoint", new { taskId = "T" }))["checkpointId"]!.GetValue<string>();

        Assert.Equal("""{"status":"pending","data":{}}""", Picked(await TextAsync("opencode://tasks/T/state", "application/json"), "status", "data"));
        Assert.Contains("**SQLite**\n\nit is there", await TextAsync("opencode://tasks/T/decisions", "text/markdown"), StringComparison.Ordinal);
        Assert.Contains(checkpoint, await TextAsync("opencode://tasks/T/checkpoints", "application/json"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Long_log_is_read_in_pages_that_join_without_a_gap()
    {
        await using var runtime = await OpenCodeRuntime.OpenAsync(new OpenCodeConfiguration { DataRoot = _store.DataRoot }, Token);
        for (var i = 0; i < 500; i++)
        {
            await runtime.Memory.LogAsync("T", i % 10 == 0 ? LogLevel.Warn : LogLevel.Info, $"line {i}", null, Actor.Operator, Token);
        }

        var messages = new List<string>();
        for (var uri = "opencode://tasks/T/log?last=60"; uri is not null;)
        {
            var contents = Assert.IsType<TextResourceContents>(Assert.Single((await _host.ReadAsync(uri)).Contents));
            Assert.Equal("application/jsonl", contents.MimeType);
            messages.InsertRange(0, contents.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!["message"]!.GetValue<string>()));
            uri = contents.Meta?["next"]?.GetValue<string>();
        }

        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"line {i}").Prepend("Task created: Grüße 世界"), messages);
        Assert.Equal(50, (await TextAsync("opencode://tasks/T/log?level=warn", "application/jsonl")).Count(c => c == '\n'));
    }

    [Fact]
    public async Task Workspace_is_read_by_type_and_nothing_leads_out_of_it()
    {
        var workspace = Directory.CreateDirectory(Path.Combine(_store.DataRoot, "tasks", "T", "workspace", "src dir")).Parent!.FullName;
        await File.WriteAllTextAsync(Path.Combine(workspace, "src dir", "ä.md"), "# hé", Token);
        await File.WriteAllBytesAsync(Path.Combine(workspace, "x.bin"), [1, 0, 255], Token);
        await File.WriteAllBytesAsync(Path.Combine(workspace, "large.txt"), new byte[(1024 * 1024) + 1], Token);
        File.CreateSymbolicLink(Path.Combine(workspace, "link"), "/etc/passwd");
        Directory.CreateSymbolicLink(Path.Combine(workspace, "folder"), "/etc");

        Assert.Equal("# hé", await TextAsync("opencode://tasks/T/workspace/src%20dir/%C3%A4.md", "text/markdown"));
        var blob = Assert.IsType<BlobResourceContents>(Assert.Single((await _host.ReadAsync("opencode://tasks/T/workspace/x.bin")).Contents));
        Assert.Equal([1, 0, 255], blob.DecodedData.ToArray());
        var names = JsonNode.Parse(await TextAsync("opencode://tasks/T/workspace/", "application/json"))!["entries"]!.AsArray().Select(entry => entry!["name"]!.GetValue<string>());
        Assert.Equal(["folder", "large.txt", "link", "src dir/", "x.bin"], names);
        foreach (var path in new[] { "link", "folder/passwd", "../state.json", "%2e%2e/state.json", "src%2F..%2F..%2Fstate.json", "src dir/../../state.json", "large.txt", "none", "C:\\x" })
        {
            var e = await Assert.ThrowsAsync<McpProtocolException>(() => _host.ReadAsync($"opencode://tasks/T/workspace/{path}"));
            Assert.Equal(McpErrorCode.InvalidParams, e.ErrorCode);
            Assert.DoesNotContain(_store.DataRoot, e.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("opencode://tasks/none")]
    [InlineData("opencode://tasks/none/log")]
    [InlineData("opencode://tasks/T/nothing")]
    [InlineData("opencode://tasks/T/executions/exec_none")]
    [InlineData("opencode://tasks/../../etc/passwd")]
    [InlineData("opencode://tasks/T/log?last=0")]
    [InlineData("opencode://tasks/T/log?last=x")]
    [InlineData("opencode://tasks/T/log?level=loud")]
    [InlineData("opencode://tasks/T/log?before=never")]
    [InlineData("opencode://tasksT")]
    [InlineData("file:///etc/passwd")]
    [InlineData("")]
    public async Task Wrong_address_is_a_protocol_error(string address)
    {
        var e = await Assert.ThrowsAsync<McpProtocolException>(() => _host.ReadAsync(address));

        Assert.Equal(McpErrorCode.InvalidParams, e.ErrorCode);
    }

    [Fact]
    public async Task Client_of_an_older_revision_gets_the_code_of_its_revision_for_what_is_not_there()
    {
        await using var host = await HostClient.StartAsync(_store, "2025-11-25");

        var e = await Assert.ThrowsAsync<McpProtocolException>(() => host.ReadAsync("opencode://tasks/none"));

        Assert.Equal((McpErrorCode.ResourceNotFound, "opencode://tasks/none"), (e.ErrorCode, e.Data["uri"]?.ToString()));
    }

    [Fact]
    public async Task Ids_are_completed_for_resources_and_prompts()
    {
        await _host.OkAsync("create_task_sandbox", new { name = "parser", taskId = "other" });
        await _host.OkAsync("attach_agent_to_task", new { taskId = "T", agentId = "ada" });
        var resource = new ResourceTemplateReference { Uri = "opencode://tasks/{id}" };

        Assert.Equal(["T"], (await _host.Client.CompleteAsync(resource, "id", "T", cancellationToken: Token)).Completion.Values);
        Assert.Equal(["other"], (await _host.Client.CompleteAsync(new PromptReference { Name = "start-work" }, "taskId", "pars", cancellationToken: Token)).Completion.Values);
        Assert.Equal(["ada"], (await _host.Client.CompleteAsync(new PromptReference { Name = "start-work" }, "agentId", "a", cancellationToken: Token)).Completion.Values);
        Assert.Equal(["warn"], (await _host.Client.CompleteAsync(resource, "level", "w", cancellationToken: Token)).Completion.Values);
        Assert.Empty((await _host.Client.CompleteAsync(resource, "none", "", cancellationToken: Token)).Completion.Values);
    }

    [Fact]
    public async Task Brief_holds_the_newest_of_a_task_within_its_limit()
    {
        await _host.OkAsync("record_decision", new { taskId = "T", decision = "first decision" });
        for (var i = 0; i < 60; i++)
        {
            await _host.OkAsync("append_log", new { taskId = "T", message = $"line {i} {new string('x', 500)}" });
        }

        var prompts = await _host.Client.ListPromptsAsync(cancellationToken: Token);
        Assert.Equal(["start-work", "hand-over", "review", "post-mortem"], prompts.Select(prompt => prompt.Name));
        foreach (var prompt in prompts)
        {
            var result = await prompt.GetAsync(new Dictionary<string, object?> { ["taskId"] = "T", ["agentId"] = "ada" }, cancellationToken: Token);
            var text = Assert.IsType<TextContentBlock>(Assert.Single(result.Messages).Content).Text;
            Assert.InRange(text.Length, 200, 4 * 4500);
            Assert.Contains("agent 'ada'", text, StringComparison.Ordinal);
            Assert.Contains("first decision", text, StringComparison.Ordinal);
            Assert.Equal(prompt.Name != "post-mortem", text.Contains("line 59", StringComparison.Ordinal));
            Assert.DoesNotContain("line 1 ", text, StringComparison.Ordinal);
        }

        foreach (var wrong in new Dictionary<string, object?>[] { [], new() { ["taskId"] = "none" }, new() { ["taskId"] = "a/b" }, new() { ["taskId"] = "T", ["agentId"] = "" }, new() { ["taskId"] = "T", ["mood"] = "good" } })
        {
            Assert.Equal(McpErrorCode.InvalidParams, (await Assert.ThrowsAsync<McpProtocolException>(() => _host.Client.GetPromptAsync("review", wrong, cancellationToken: Token).AsTask())).ErrorCode);
        }

        Assert.Equal(McpErrorCode.InvalidParams, (await Assert.ThrowsAsync<McpProtocolException>(() => _host.Client.GetPromptAsync("sing", cancellationToken: Token).AsTask())).ErrorCode);
    }

    private static string Picked(string json, params string[] members)
    {
        var all = JsonNode.Parse(json)!.AsObject();
        return new JsonObject(members.Select(member => KeyValuePair.Create(member, all[member]?.DeepClone()))).ToJsonString();
    }

    private async Task<string> TextAsync(string uri, string type)
    {
        var contents = Assert.IsType<TextResourceContents>(Assert.Single((await _host.ReadAsync(uri)).Contents));
        Assert.Equal((uri, type), (contents.Uri, contents.MimeType));
        return contents.Text;
    }
}
