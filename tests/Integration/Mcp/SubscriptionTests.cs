using System.Text.Json.Nodes;
using OpenCode.Common;
using OpenCode.Configuration;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>Notifications of changes that another process made, in both revisions, message by message.</summary>
public sealed class SubscriptionTests : IAsyncLifetime
{
    private const string Meta = """ "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"raw","version":"1"}} """;

    private readonly HostStore _store = new();
    private OpenCodeRuntime _other = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _other = await OpenCodeRuntime.OpenAsync(new OpenCodeConfiguration { DataRoot = _store.DataRoot }, Token);
        await _other.Tasks.CreateAsync(new OpenCode.Tasks.NewTask { Name = "n", Id = "T" }, Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _other.DisposeAsync();
        _store.Dispose();
    }

    [Fact]
    public async Task Subscriber_is_told_of_what_another_process_changes_until_it_unsubscribes()
    {
        using var host = await RawHost.ReadyAsync(_store);
        foreach (var (id, part) in new[] { (1, ""), (2, "/log"), (3, "/decisions") })
        {
            await host.SendAsync($$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"resources/subscribe","params":{"uri":"opencode://tasks/T{{{part}}}"}}""");
            Assert.NotNull((await host.AnswerAsync(id))["result"]);
        }

        await _other.Memory.LogAsync("T", LogLevel.Info, "free line", null, Actor.Operator, Token);
        Assert.Equal("opencode://tasks/T/log", await UpdatedAsync(host));
        await _other.Memory.DecideAsync("T", new OpenCode.Tasks.NewDecision("operator", "d"), null, Token);
        Assert.Equal("opencode://tasks/T/decisions", await UpdatedAsync(host));
        await _other.Tasks.StartAsync("T", Actor.Operator, Token);
        Assert.Equal(["opencode://tasks/T", "opencode://tasks/T/log"], new[] { await UpdatedAsync(host), await UpdatedAsync(host) }.Order());

        await host.SendAsync("""{"jsonrpc":"2.0","id":4,"method":"resources/unsubscribe","params":{"uri":"opencode://tasks/T/log"}}""");
        await host.AnswerAsync(4);
        await _other.Memory.LogAsync("T", LogLevel.Info, "unheard", null, Actor.Operator, Token);
        await _other.Memory.DecideAsync("T", new OpenCode.Tasks.NewDecision("operator", "e"), null, Token);
        Assert.Equal("opencode://tasks/T/decisions", await UpdatedAsync(host));
    }

    [Fact]
    public async Task Client_that_has_listed_the_resources_is_told_when_there_are_others()
    {
        using var host = await RawHost.ReadyAsync(_store);
        await host.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"resources/list"}""");
        await host.AnswerAsync(1);

        await _other.Tasks.CreateAsync(new OpenCode.Tasks.NewTask { Name = "n" }, Token);

        Assert.Equal("notifications/resources/list_changed", (await host.NextAsync())!["method"]!.GetValue<string>());
    }

    [Fact]
    public async Task Subscription_to_what_is_no_resource_or_to_more_than_the_limit_is_refused()
    {
        using var host = await RawHost.ReadyAsync(_store);
        await host.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"uri":"file:///etc/passwd"}}""");
        Assert.Equal(-32002, (await host.AnswerAsync(1))["error"]!["code"]!.GetValue<int>());
        for (var i = 0; i < 100; i++)
        {
            await host.SendAsync($$$"""{"jsonrpc":"2.0","id":{{{i + 2}}},"method":"resources/subscribe","params":{"uri":"opencode://tasks/T/workspace/f{{{i}}}"}}""");
            Assert.NotNull((await host.AnswerAsync(i + 2))["result"]);
        }

        await host.SendAsync("""{"jsonrpc":"2.0","id":200,"method":"resources/subscribe","params":{"uri":"opencode://tasks/T"}}""");
        Assert.Contains("100", (await host.AnswerAsync(200))["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Listener_is_told_with_its_own_id_until_it_cancels()
    {
        using var host = RawHost.Start(_store);
        await host.SendAsync($$$"""{"jsonrpc":"2.0","id":"listen","method":"subscriptions/listen","params":{"notifications":{"resourcesListChanged":true,"toolsListChanged":true,"resourceSubscriptions":["opencode://tasks/T","file:///x"]},{{{Meta}}}}}""");
        var acknowledged = (await host.NextAsync())!;
        Assert.Equal("notifications/subscriptions/acknowledged", acknowledged["method"]!.GetValue<string>());
        Assert.Equal("""{"resourcesListChanged":true,"resourceSubscriptions":["opencode://tasks/T"]}""", acknowledged["params"]!["notifications"]!.ToJsonString());
        Assert.Equal("listen", SubscriptionOf(acknowledged));

        await _other.Tasks.StartAsync("T", Actor.Operator, Token);
        var updated = (await host.NextAsync())!;
        Assert.Equal(("notifications/resources/updated", "opencode://tasks/T", "listen"), (updated["method"]!.GetValue<string>(), updated["params"]!["uri"]!.GetValue<string>(), SubscriptionOf(updated)));
        await _other.Tasks.DeleteAsync("T", true, Token);
        var both = new[] { (await host.NextAsync())!, (await host.NextAsync())! };
        Assert.Equal(["notifications/resources/list_changed", "notifications/resources/updated"], both.Select(message => message["method"]!.GetValue<string>()).Order());

        await host.SendAsync("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"listen"}}""");
        await host.SendAsync($$$"""{"jsonrpc":"2.0","id":5,"method":"tools/list","params":{{{{Meta}}}}}""");
        await host.AnswerAsync(5);
        await _other.Tasks.CreateAsync(new OpenCode.Tasks.NewTask { Name = "n" }, Token);
        await host.SendAsync($$$"""{"jsonrpc":"2.0","id":6,"method":"tools/call","params":{"name":"list_tasks","arguments":{},{{{Meta}}}}}""");
        await host.AnswerAsync(6);
        host.CloseInput();
        Assert.Equal((0, ""), ((await host.EndAsync()) is var end ? (end.ExitCode, end.Output) : default));
    }

    private static string SubscriptionOf(JsonObject message) => message["params"]!["_meta"]!["io.modelcontextprotocol/subscriptionId"]!.GetValue<string>();

    private static async Task<string> UpdatedAsync(RawHost host)
    {
        var message = (await host.NextAsync())!;
        Assert.Equal("notifications/resources/updated", message["method"]?.GetValue<string>());
        return message["params"]!["uri"]!.GetValue<string>();
    }
}
