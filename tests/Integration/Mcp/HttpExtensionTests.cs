using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using OpenCode.Configuration;
using OpenCode.Tests.Integration.Hosting;
using OpenCode.Tests.Integration.Sandboxes;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>The protocol's extension for long work over HTTP: a handle is its asker's, whichever host is asked, and what a token may do decides as for tools.</summary>
public sealed class HttpExtensionTests : IAsyncLifetime
{
    private readonly HostStore _store = new() { Tools = "all" };
    private string _ada = "";
    private string _reader = "";
    private string _bob = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await DockerEngine.RequireAsync();
        _store.Variables["OPENCODE_DOCKER_SOCKET"] = Surroundings.Engine;
        _store.Variables["OPENCODE_DOCKER_IMAGE"] = DockerEngine.Image;
        _ada = await TokenAsync("ada", McpScope.Write);
        _reader = await TokenAsync("ada", McpScope.Read);
        _bob = await TokenAsync("bob", McpScope.Admin);
    }

    public ValueTask DisposeAsync()
    {
        _store.Dispose();
        return default;
    }

    [Fact]
    public async Task Handle_is_its_askers_alone_on_every_host_and_also_when_the_first_is_killed()
    {
        await using var host = await HttpHost.StartAsync(_store);
        string id;
        await using (var killed = await HttpHost.StartAsync(_store))
        {
            ExtensionCall.ResultOf(await killed.PostAsync(ExtensionCall.OfTool("create_task_sandbox", new JsonObject { ["name"] = "n", ["taskId"] = "T" }), _ada));
            id = await BeginAsync(killed);
            foreach (var one in new[] { killed, host })
            {
                Assert.Equal("working", StatusOf(await one.PostAsync(ExtensionCall.Get(id), _ada)));
                Assert.Equal("working", StatusOf(await one.PostAsync(ExtensionCall.Get(id), _reader)));
                await StrangersAsync(one, id);
            }
        } // killed with -9

        var clock = Stopwatch.StartNew();
        string status;
        while ((status = StatusOf(await host.PostAsync(ExtensionCall.Get(id), _reader))) == "working")
        {
            Assert.True(clock.Elapsed < HostStore.Patience);
        }

        Assert.Equal("failed", status);
        await StrangersAsync(host, id);
        await DeleteAsync(host);
    }

    [Fact]
    public async Task Listener_is_told_of_its_own_and_only_who_may_write_ends_it()
    {
        await using var host = await HttpHost.StartAsync(_store);
        ExtensionCall.ResultOf(await host.PostAsync(ExtensionCall.OfTool("create_task_sandbox", new JsonObject { ["name"] = "n", ["taskId"] = "T" }), _ada));
        var id = await BeginAsync(host);
        using var client = new HttpClient { Timeout = HostStore.Patience };
        using var own = await ListenAsync(client, host, id, _reader);
        using var others = await ListenAsync(client, host, id, _bob);
        Assert.Equal($$"""{"taskIds":["{{id}}"]}""", (await NextAsync(own))["params"]!["notifications"]!.ToJsonString());
        Assert.Equal("{}", (await NextAsync(others))["params"]!["notifications"]!.ToJsonString());
        Assert.Equal("working", (await NextAsync(own))["params"]!["status"]!.GetValue<string>());

        var denied = ErrorOf(await host.PostAsync(ExtensionCall.Cancel(id), _reader));
        Assert.Contains("Write", denied["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("Write", ErrorOf(await host.PostAsync(ExtensionCall.Update(id, new JsonObject()), _reader))["message"]!.GetValue<string>(), StringComparison.Ordinal);
        ErrorOf(await host.PostAsync(ExtensionCall.Cancel(id), _ada, name: "exec_another"), -32020); // a proxy would have sent it elsewhere
        Assert.Equal("working", StatusOf(await host.PostAsync(ExtensionCall.Get(id), _ada)));

        ExtensionCall.ResultOf(await host.PostAsync(ExtensionCall.Cancel(id), _ada));

        Assert.Equal("cancelled", (await NextAsync(own))["params"]!["status"]!.GetValue<string>());
        await DeleteAsync(host);
    }

    private static string StatusOf(JsonObject answer) => ExtensionCall.ResultOf(answer)["status"]!.GetValue<string>();

    private static JsonObject ErrorOf(JsonObject answer, int code = -32602)
    {
        Assert.Equal(code, answer["error"]?["code"]?.GetValue<int>());
        return answer["error"]!.AsObject();
    }

    private static async Task<StreamReader> ListenAsync(HttpClient client, HttpHost host, string id, string token)
    {
        var listen = ExtensionCall.Of("subscriptions/listen", new JsonObject { ["notifications"] = new JsonObject { ["taskIds"] = new JsonArray(id) } });
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(host.Address, "/mcp")) { Content = new StringContent(listen.ToJsonString(), Encoding.UTF8, "application/json") };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        ExtensionCall.Head(request, listen, token);
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        return new StreamReader(await response.Content.ReadAsStreamAsync(Token));
    }

    private static async Task<JsonObject> NextAsync(StreamReader stream)
    {
        while (true)
        {
            var line = await stream.ReadLineAsync(Token).AsTask().WaitAsync(HostStore.Patience, Token);
            Assert.NotNull(line);
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                return JsonNode.Parse(line[6..])!.AsObject();
            }
        }
    }

    private async Task StrangersAsync(HttpHost host, string id)
    {
        // What is another's is told in the words for what is not there.
        foreach (var request in new[] { ExtensionCall.Get(id), ExtensionCall.Cancel(id), ExtensionCall.Update(id, new JsonObject()) })
        {
            var message = ErrorOf(await host.PostAsync(request, _bob))["message"]!.GetValue<string>();
            var none = ErrorOf(await host.PostAsync(ExtensionCall.Get("exec_none"), _bob))["message"]!.GetValue<string>();
            Assert.Equal(none, message.Replace(id, "exec_none", StringComparison.Ordinal));
        }

        Assert.Null((await host.PostAsync(ExtensionCall.Get(id), null))["result"]);
    }

    private async Task<string> BeginAsync(HttpHost host)
    {
        var call = ExtensionCall.OfTool("execute_in_task", new JsonObject { ["taskId"] = "T", ["command"] = "exec sleep 98765", ["background"] = true });
        var created = ExtensionCall.ResultOf(await host.PostAsync(call, _ada));
        Assert.Equal("task", created["resultType"]!.GetValue<string>());
        return created["taskId"]!.GetValue<string>();
    }

    private async Task DeleteAsync(HttpHost host) =>
        ExtensionCall.ResultOf(await host.PostAsync(ExtensionCall.OfTool("delete_task", new JsonObject { ["taskId"] = "T", ["force"] = true }), _bob));

    private async Task<string> TokenAsync(string owner, McpScope scope) =>
        (await new AccessTokens(_store.DataRoot, TimeProvider.System).CreateAsync(owner, scope, null, null, Token)).Token!;
}
