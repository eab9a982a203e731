using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using OpenCode.Configuration;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>What a person has to approve, asked for over HTTP: by elicitation where there are sessions, by a result that requires input where there are none, and of nobody who may not do it.</summary>
public sealed class HttpApprovalTests : IAsyncLifetime
{
    private readonly HostStore _store = new() { Tools = "all" };
    private OpenCodeRuntime _prompt = null!;
    private HttpHost _host = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _prompt = await OpenCodeRuntime.OpenAsync(new OpenCodeConfiguration { DataRoot = _store.DataRoot }, Token);
        await RunningAsync("T");
        await TokenAsync("nobody", McpScope.Read); // from the first one on, everybody is asked who they are
        _host = await HttpHost.StartAsync(_store);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _prompt.DisposeAsync();
        _store.Dispose();
    }

    [Theory]
    [InlineData("/mcp/legacy", "2025-11-25", "accept")]
    [InlineData("/mcp/legacy", "2025-11-25", "decline")]
    [InlineData("/mcp", "2026-07-28", "accept")]
    [InlineData("/mcp", "2026-07-28", "decline")]
    public async Task Clients_user_is_asked_and_the_request_is_the_tokens_owners(string path, string revision, string action)
    {
        var questions = new List<string>();
        await using var client = await AskableAsync(path, revision, await TokenAsync("ada", McpScope.Admin), questions, action);

        if (action == "accept")
        {
            await client.OkAsync("delete_task", new { taskId = "T", force = true });
        }
        else
        {
            Assert.Contains("denied", await client.RefusedAsync("AccessDenied", "delete_task", new { taskId = "T", force = true }), StringComparison.Ordinal);
            Assert.Equal(AgentTaskStatus.Running, (await _prompt.Tasks.GetAsync("T", Token)).Status);
        }

        Assert.Contains("\"n\"", Assert.Single(questions), StringComparison.Ordinal);
        var request = Assert.Single(await _prompt.Approvals.ListAsync(false, Token));
        Assert.Equal(("ada", action == "accept" ? ApprovalStatus.Used : ApprovalStatus.Denied), (request.RequestedBy, request.Status));
    }

    [Theory]
    [InlineData("/mcp/legacy", "2025-11-25")]
    [InlineData("/mcp", "2026-07-28")]
    public async Task Token_that_does_not_allow_it_asks_nobody(string path, string revision)
    {
        var questions = new List<string>();
        await using var client = await AskableAsync(path, revision, await TokenAsync("ada", McpScope.Write), questions, "accept");

        var result = await client.CallAsync("delete_task", new { taskId = "T", force = true });

        Assert.StartsWith("AccessDenied: This call of 'delete_task' needs a token of scope Admin", HostClient.Text(result), StringComparison.Ordinal);
        Assert.Empty(questions);
        Assert.Empty(await _prompt.Approvals.ListAsync(false, Token));
    }

    [Fact]
    public async Task Answer_of_another_owner_counts_for_nothing_and_that_of_another_token_of_the_same_counts()
    {
        var asked = await DeleteAsync(await TokenAsync("ada", McpScope.Admin), null);
        Assert.Equal("input_required", asked["resultType"]!.GetValue<string>());
        var state = asked["requestState"]!.GetValue<string>();

        var strange = await DeleteAsync(await TokenAsync("bob", McpScope.Admin), state);

        Assert.Equal("InvalidArgument", strange["structuredContent"]!["error"]!["name"]!.GetValue<string>());
        Assert.Equal(AgentTaskStatus.Running, (await _prompt.Tasks.GetAsync("T", Token)).Status);
        Assert.Equal(ApprovalStatus.Waiting, Assert.Single(await _prompt.Approvals.ListAsync(false, Token)).Status);
        Assert.True((await DeleteAsync(await TokenAsync("ada", McpScope.Admin), state))["structuredContent"]!["success"]!.GetValue<bool>());
    }

    private async Task<JsonObject> DeleteAsync(string token, string? state)
    {
        var request = ExtensionCall.OfTool("delete_task", new JsonObject { ["taskId"] = "T", ["force"] = true });
        var parameters = request["params"]!.AsObject();
        parameters["_meta"]!["io.modelcontextprotocol/clientCapabilities"]!["elicitation"] = new JsonObject { ["form"] = new JsonObject() };
        if (state is not null)
        {
            parameters["requestState"] = state;
            parameters["inputResponses"] = new JsonObject { ["approval"] = new JsonObject { ["action"] = "accept" } };
        }

        return ExtensionCall.ResultOf(await _host.PostAsync(request, token));
    }

    private async Task RunningAsync(string id)
    {
        await _prompt.Tasks.CreateAsync(new Tasks.NewTask { Name = "n", Id = id }, Token);
        await _prompt.Tasks.StartAsync(id, Common.Actor.Operator, Token);
    }

    private Task<HostClient> AskableAsync(string path, string revision, string token, List<string> questions, string action) => _host.ConnectAsync(path, revision, token, options =>
        options.Handlers.ElicitationHandler = (request, _) =>
        {
            questions.Add(request!.Message);
            return ValueTask.FromResult(new ElicitResult { Action = action });
        });

    private async Task<string> TokenAsync(string owner, McpScope scope) =>
        (await new AccessTokens(_store.DataRoot, TimeProvider.System).CreateAsync(owner, scope, null, null, Token)).Token!;
}
