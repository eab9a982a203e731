using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using OpenCode.Tests.Integration.Hosting;
using OpenCode.Tests.Integration.Sandboxes;

#pragma warning disable MCP9005 // Clients of earlier revisions set the level so.

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>A sandbox that comes near a limit, as clients are told of it.</summary>
public sealed class AlertTests : IAsyncLifetime
{
    private const string Task = "T";

    private readonly HostStore _store = new();
    private readonly BlockingCollection<JsonObject> _told = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await DockerEngine.RequireAsync();
        _store.Variables["OPENCODE_DOCKER_SOCKET"] = Surroundings.Engine;
        _store.Variables["OPENCODE_DOCKER_IMAGE"] = DockerEngine.Image;
        await File.WriteAllTextAsync(Path.Combine(_store.WorkingDirectory, "opencode-tasks.json"), """{ "docker": { "defaultResourceLimits": { "workspace": 20 } } }""", Token);
    }

    public ValueTask DisposeAsync()
    {
        _told.Dispose();
        _store.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("/mcp/legacy", "2025-11-25", null, "warning")]
    [InlineData("/mcp/legacy", "2025-11-25", LoggingLevel.Info, "warning info")]
    [InlineData("/mcp/legacy", "2025-11-25", LoggingLevel.Error, "")]
    [InlineData("/mcp", "2025-11-25", null, "warning")]
    [InlineData("/mcp", "2026-07-28", null, "")]
    [InlineData("stdio", "2025-11-25", null, "warning")]
    [InlineData("stdio", "2026-07-28", null, "")]
    public async Task Limit_that_comes_near_is_a_log_message_from_the_level_that_the_client_wants(string way, string revision, LoggingLevel? level, string expected)
    {
        await using var host = way == "stdio" ? null : await HttpHost.StartAsync(_store);
        await using var client = host is null ? await HostClient.StartAsync(_store, revision, Listen) : await host.ConnectAsync(way, revision, null, Listen);
        if (level is { } wanted)
        {
            await client.Client.SetLoggingLevelAsync(wanted, cancellationToken: Token);
        }

        await client.OkAsync("create_task_sandbox", new { name = "n", taskId = Task });
        try
        {
            // It goes on until the task's log has both ends, so whatever is told is told while it runs.
            var command = RunAsync(client, "dd if=/dev/zero of=big bs=1M count=18 2>/dev/null; until [ -e told ]; do sleep 0.1; done; rm big; until [ -e done ]; do sleep 0.1; done");
            await LoggedAsync(client, 1);
            await client.OkAsync("execute_in_task", new { taskId = Task, command = "touch told" });
            await LoggedAsync(client, 2);
            await client.OkAsync("execute_in_task", new { taskId = Task, command = "touch done" });
            Assert.True(await command is { IsError: not true }, HostClient.Text(await command));

            var told = new List<JsonObject>();
            foreach (var _ in expected.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                Assert.True(_told.TryTake(out var one, (int)HostStore.Patience.TotalMilliseconds, Token), "Nothing was told.");
                told.Add(one);
            }

            // The commands that ran beside it were told of the same: what comes more than once is the same.
            Assert.Equal(expected, string.Join(' ', told.Select(one => one["level"]!.GetValue<string>()).Distinct()));
            Assert.All(told, one => Assert.Equal(("opencode.sandbox", Task, "disk"), (one["logger"]!.GetValue<string>(), one["data"]!["taskId"]!.GetValue<string>(), one["data"]!["measure"]!.GetValue<string>())));
            Assert.All(told, one => Assert.Contains("Workspace", one["data"]!["message"]!.GetValue<string>(), StringComparison.Ordinal));
            await client.Client.ListToolsAsync(cancellationToken: Token); // whatever was to come has come
            Assert.Empty(_told);
        }
        finally
        {
            await client.CallAsync("delete_task", new { taskId = Task, force = true });
        }
    }

    // By frames: the SDK's client has no way to name a level in a request, and takes out one that is in the metadata it is given.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Request_of_the_newest_revision_that_names_a_level_is_told_on_its_own_stream(bool http)
    {
        await using var other = await HostClient.StartAsync(_store);
        await other.OkAsync("create_task_sandbox", new { name = "n", taskId = Task });
        try
        {
            var meta = new JsonObject
            {
                ["io.modelcontextprotocol/protocolVersion"] = "2026-07-28",
                ["io.modelcontextprotocol/clientInfo"] = new JsonObject { ["name"] = "raw", ["version"] = "1" },
                ["io.modelcontextprotocol/clientCapabilities"] = new JsonObject(),
                ["io.modelcontextprotocol/logLevel"] = "warning",
            };
            var arguments = new JsonObject { ["taskId"] = Task, ["command"] = "dd if=/dev/zero of=big bs=1M count=18 2>/dev/null; until [ -e done ]; do sleep 0.1; done" };
            var frame = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = 7, ["method"] = "tools/call", ["params"] = new JsonObject { ["name"] = "execute_in_task", ["arguments"] = arguments, ["_meta"] = meta } }.ToJsonString();
            var told = http ? await PostAsync(frame) : await SendAsync(frame);

            Assert.Equal(("notifications/message", "warning", "disk"), (told["method"]!.GetValue<string>(), told["params"]!["level"]!.GetValue<string>(), told["params"]!["data"]!["measure"]!.GetValue<string>()));
        }
        finally
        {
            await other.CallAsync("delete_task", new { taskId = Task, force = true });
        }

        async Task<JsonObject> SendAsync(string frame)
        {
            using var host = RawHost.Start(_store);
            await host.SendAsync(frame);
            var first = (await host.NextAsync())!;
            await other.OkAsync("execute_in_task", new { taskId = Task, command = "touch done" });
            await host.AnswerAsync(7);
            return first;
        }

        // The first message of the answer's stream.
        async Task<JsonObject> PostAsync(string frame)
        {
            await using var host = await HttpHost.StartAsync(_store);
            var answer = host.PostAsync(frame, request =>
            {
                request.Headers.Add("MCP-Protocol-Version", "2026-07-28");
                request.Headers.Add("Mcp-Method", "tools/call");
                request.Headers.Add("Mcp-Name", "execute_in_task");
            });
            await LoggedAsync(other, 1);
            await other.OkAsync("execute_in_task", new { taskId = Task, command = "touch done" });
            var (status, body, _) = await answer;
            Assert.Equal(200, status);
            return body!;
        }
    }

    [Fact]
    public async Task Client_with_a_session_is_told_of_its_commands_in_the_background_too()
    {
        await using var client = await HostClient.StartAsync(_store, "2025-11-25", Listen);
        await client.OkAsync("create_task_sandbox", new { name = "n", taskId = Task });
        try
        {
            await client.OkAsync("execute_in_task", new { taskId = Task, command = "dd if=/dev/zero of=big bs=1M count=18 2>/dev/null; sleep 98123", background = true });

            Assert.True(_told.TryTake(out var one, (int)HostStore.Patience.TotalMilliseconds, Token), "Nothing was told.");
            Assert.Equal(("warning", true), (one["level"]!.GetValue<string>(), one["data"]!["raised"]!.GetValue<bool>()));
        }
        finally
        {
            await client.CallAsync("delete_task", new { taskId = Task, force = true });
        }
    }

    private static Task<CallToolResult> RunAsync(HostClient client, string command) => client.CallAsync("execute_in_task", new { taskId = Task, command, timeout = 120_000 });

    private static async Task LoggedAsync(HostClient client, int count)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(HostStore.Patience);
        while ((await client.ReadAsync($"opencode://tasks/{Task}/log?last=100")).Contents.OfType<TextResourceContents>().Sum(text => text.Text.Split("Workspace of the sandbox").Length - 1) < count)
        {
            await System.Threading.Tasks.Task.Delay(TimeSpan.FromMilliseconds(100), limit.Token);
        }
    }

    private void Listen(McpClientOptions options) => options.Handlers = new McpClientHandlers
    {
        NotificationHandlers =
        [
            new(NotificationMethods.LoggingMessageNotification, (message, _) =>
            {
                _told.Add(JsonNode.Parse(message.Params!.ToJsonString())!.AsObject(), CancellationToken.None);
                return ValueTask.CompletedTask;
            }),
        ],
    };
}
