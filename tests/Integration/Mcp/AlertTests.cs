using System.Collections.Concurrent;
using System.Text.Json;
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
    [InlineData("/mcp", "2026-07-28", LoggingLevel.Info, "warning info")]
    [InlineData("stdio", "2025-11-25", null, "warning")]
    [InlineData("stdio", "2026-07-28", null, "")]
    [InlineData("stdio", "2026-07-28", LoggingLevel.Warning, "warning")]
    public async Task Limit_that_comes_near_is_a_log_message_from_the_level_that_the_client_wants(string way, string revision, LoggingLevel? level, string expected)
    {
        await using var host = way == "stdio" ? null : await HttpHost.StartAsync(_store);
        await using var client = host is null ? await HostClient.StartAsync(_store, revision, Listen) : await host.ConnectAsync(way, revision, null, Listen);
        if (level is { } wanted && revision == "2025-11-25")
        {
            await client.Client.SetLoggingLevelAsync(wanted, cancellationToken: Token);
        }

        await client.OkAsync("create_task_sandbox", new { name = "n", taskId = Task });
        try
        {
            // It goes on until the task's log has both ends, so whatever is told is told while it runs.
            var command = RunAsync(client, revision == "2025-11-25" ? null : level, "dd if=/dev/zero of=big bs=1M count=18 2>/dev/null; until [ -e told ]; do sleep 0.1; done; rm big; until [ -e done ]; do sleep 0.1; done");
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

    /// <summary>Runs a command by a request that names a level, or names none.</summary>
    private static async Task<CallToolResult> RunAsync(HostClient client, LoggingLevel? level, string command)
    {
        var request = new CallToolRequestParams
        {
            Name = "execute_in_task",
            Arguments = JsonSerializer.SerializeToElement(new { taskId = Task, command, timeout = 120_000 }).EnumerateObject().ToDictionary(argument => argument.Name, argument => argument.Value),
            Meta = level is { } least ? new JsonObject { ["io.modelcontextprotocol/logLevel"] = $"{least}".ToLowerInvariant() } : null,
        };
        return await client.Client.CallToolAsync(request, Token).AsTask().WaitAsync(HostStore.Patience * 2, Token);
    }

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
