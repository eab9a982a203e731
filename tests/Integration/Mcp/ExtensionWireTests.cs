using System.Text.Json.Nodes;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>The extension for long work where there is no work: what is declared, and what is refused how.</summary>
public sealed class ExtensionWireTests : IDisposable
{
    private readonly HostStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Extension_is_declared_and_asked_for_only_by_who_has_declared_it()
    {
        using var host = RawHost.Start(_store);

        var discovered = await host.ResultAsync(ExtensionCall.Of("server/discover", []));
        Assert.Equal("{}", discovered["capabilities"]!["extensions"]![ExtensionCall.Name]!.ToJsonString());
        foreach (var method in new[] { "tasks/get", "tasks/update", "tasks/cancel" })
        {
            var error = await host.RefusedAsync(-32021, ExtensionCall.Of(method, new JsonObject { ["taskId"] = "exec_x", ["inputResponses"] = new JsonObject() }, declared: false));
            Assert.NotNull(error["data"]!["requiredCapabilities"]!["extensions"]![ExtensionCall.Name]);
        }

        await host.RefusedAsync(-32021, ExtensionCall.Of("subscriptions/listen", new JsonObject { ["notifications"] = new JsonObject { ["taskIds"] = new JsonArray("exec_x") } }, declared: false));
        await host.RefusedAsync(-32601, ExtensionCall.Of("tasks/result", new JsonObject { ["taskId"] = "exec_x" }));
        await host.RefusedAsync(-32601, ExtensionCall.Of("tasks/list", []));
    }

    [Fact]
    public async Task Earlier_revision_has_no_such_methods()
    {
        using var host = await RawHost.ReadyAsync(_store);

        foreach (var method in new[] { "tasks/get", "tasks/update", "tasks/cancel" })
        {
            await host.RefusedAsync(-32601, new JsonObject { ["jsonrpc"] = "2.0", ["id"] = 7, ["method"] = method, ["params"] = new JsonObject { ["taskId"] = "exec_x", ["inputResponses"] = new JsonObject() } });
        }
    }

    [Fact]
    public async Task What_is_not_there_and_what_is_no_id_are_refused_and_the_host_serves_on()
    {
        using var host = RawHost.Start(_store);
        JsonNode?[] ids = ["exec_none", "", "../../etc/passwd", "a\0b", "' OR 1=1 --", new string('x', 100_000), "%s", "*", 5, null, new JsonArray("exec_none"), new JsonObject()];

        foreach (var id in ids)
        {
            foreach (var method in new[] { "tasks/get", "tasks/update", "tasks/cancel" })
            {
                var error = await host.RefusedAsync(-32602, ExtensionCall.Of(method, new JsonObject { ["taskId"] = id?.DeepClone(), ["inputResponses"] = new JsonObject() }));
                Assert.InRange(error["message"]!.GetValue<string>().Length, 20, 400);
            }
        }

        foreach (var answers in new JsonNode?[] { null, 5, "x", new JsonArray() })
        {
            await host.RefusedAsync(-32602, ExtensionCall.Update("exec_none", answers));
        }

        foreach (var wanted in new JsonNode?[] { 5, "exec_x", new JsonArray(5), new JsonObject() })
        {
            await host.RefusedAsync(-32602, ExtensionCall.Of("subscriptions/listen", new JsonObject { ["notifications"] = new JsonObject { ["taskIds"] = wanted } }));
        }

        await host.RefusedAsync(-32602, ExtensionCall.Of("tasks/get", []));
        Assert.Equal("complete", (await host.ResultAsync(ExtensionCall.OfTool("list_tasks", [])))["resultType"]!.GetValue<string>());
    }
}
