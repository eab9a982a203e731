using System.Text.Json.Nodes;
using ModelContextProtocol;
using OpenCode.Tests.Integration.Hosting;
using OpenCode.Tests.Integration.Sandboxes;

namespace OpenCode.Tests.Integration.Mcp;

public sealed class ExecuteTests : IAsyncLifetime
{
    private readonly HostStore _store = new();
    private HostClient _host = null!;
    private string _task = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            // With its container: a data root that is simply removed would leave it behind.
            if (_task.Length > 0)
            {
                await _host.CallAsync("delete_task", new { taskId = _task, force = true });
            }

            await _host.DisposeAsync();
        }

        _store.Dispose();
    }

    [Fact]
    public async Task Execute_without_an_engine_is_SandboxUnavailable_naming_the_endpoint()
    {
        await StartAsync();

        Assert.Contains("/nonexistent/docker.sock", await _host.RefusedAsync("SandboxUnavailable", "execute_in_task", new { taskId = _task, command = "true" }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Execute_in_the_name_of_an_agent_needs_its_lease_and_its_present_fence()
    {
        await StartAsync();
        await _host.RefusedAsync("AgentNotAttached", "execute_in_task", new { taskId = _task, command = "true", agentId = "a" });
        var fence = (await _host.OkAsync("attach_agent_to_task", new { taskId = _task, agentId = "a" }))["fence"]!.GetValue<long>();

        await _host.RefusedAsync("LeaseLost", "execute_in_task", new { taskId = _task, command = "true", agentId = "a", fence = fence + 1 });
        await _host.RefusedAsync("SandboxUnavailable", "execute_in_task", new { taskId = _task, command = "true", agentId = "a", fence });
    }

    [Fact]
    public async Task Execute_gives_output_exit_code_and_time()
    {
        await StartWithEngineAsync();

        var shell = await _host.OkAsync("execute_in_task", new { taskId = _task, command = "echo out; echo err >&2; exit 3" });
        Assert.Equal((false, 3, "out\n", "err\n"), (shell["success"]!.GetValue<bool>(), shell["exitCode"]!.GetValue<int>(), shell["stdout"]!.GetValue<string>(), shell["stderr"]!.GetValue<string>()));
        Assert.Equal((false, false), (shell["truncated"]!.GetValue<bool>(), shell["timedOut"]!.GetValue<bool>()));
        Assert.True(shell["duration"]!.GetValue<double>() >= 0);
        Assert.StartsWith("exec_", shell["executionId"]!.GetValue<string>(), StringComparison.Ordinal);

        var vector = await _host.OkAsync("execute_in_task", new { taskId = _task, command = new[] { "echo", "$HOME; a  b" }, workdir = "/tmp" });
        Assert.Equal((true, "$HOME; a  b\n"), (vector["success"]!.GetValue<bool>(), vector["stdout"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Execute_a_timeout_kills_the_command_and_the_next_works()
    {
        await StartWithEngineAsync();

        var slow = await _host.OkAsync("execute_in_task", new { taskId = _task, command = "echo begun; sleep 600", timeout = 1500 });
        Assert.Equal((false, true, "begun\n"), (slow["success"]!.GetValue<bool>(), slow["timedOut"]!.GetValue<bool>(), slow["stdout"]!.GetValue<string>()));

        Assert.True((await _host.OkAsync("execute_in_task", new { taskId = _task, command = "true" }))["success"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Execute_reports_lines_as_they_come_to_a_client_that_asked()
    {
        await StartWithEngineAsync();
        await _host.OkAsync("execute_in_task", new { taskId = _task, command = "mkfifo /workspace/go" });
        var seen = new Lines();

        // The command goes on only once its first line was reported: the line came while it ran.
        var call = _host.Client.CallToolAsync("execute_in_task", new Dictionary<string, object?> { ["taskId"] = _task, ["command"] = "echo first; cat go; echo last >&2" }, seen, cancellationToken: Token).AsTask();
        await seen.Until("first").WaitAsync(HostStore.Patience, Token);
        await _host.OkAsync("execute_in_task", new { taskId = _task, command = "echo second > go" });
        await call.WaitAsync(HostStore.Patience, Token);

        await seen.Until("stderr: last").WaitAsync(HostStore.Patience, Token);
        await seen.Until("second").WaitAsync(HostStore.Patience, Token);
        // Standard output and standard error are two pipes: between the two the engine keeps no order. And the SDK's client hands
        // messages on as its threads come to them, so the number of each says what came when, not the moment of the call.
        Assert.Equal(["first", "second", "stderr: last"], seen.Text.Split('\n').Order(StringComparer.Ordinal));
        Assert.StartsWith("first\n", seen.Text, StringComparison.Ordinal);
        // One notification may tell several lines; its number is that of the last.
        Assert.Equal(3, seen.Values.Max());
        Assert.Distinct(seen.Values);
    }

    // By frames and not by the SDK's client, which stops waiting when it is cancelled and does not always tell the server.
    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task Execute_cancelled_by_the_client_kills_the_command(string revision)
    {
        await DockerEngine.RequireAsync();
        WithEngine();
        var meta = revision == "2026-07-28"
            ? new JsonObject { ["io.modelcontextprotocol/protocolVersion"] = revision, ["io.modelcontextprotocol/clientInfo"] = new JsonObject { ["name"] = "raw", ["version"] = "1" }, ["io.modelcontextprotocol/clientCapabilities"] = new JsonObject() }
            : [];
        using var host = meta.Count > 0 ? RawHost.Start(_store) : await RawHost.ReadyAsync(_store);
        await CallAsync(1, "create_task_sandbox", new JsonObject { ["name"] = "n", ["taskId"] = "T" });
        await host.AnswerAsync(1);

        await CallAsync(2, "execute_in_task", new JsonObject { ["taskId"] = "T", ["command"] = "echo begun; exec sleep 98765", ["timeout"] = 600_000 });
        Assert.Equal("begun", (await host.NextAsync())!["params"]!["message"]!.GetValue<string>());
        await host.SendAsync("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2,"reason":"not wanted any more"}}""");

        // The next command waits until the last one's processes are gone, as long as the test's patience lasts.
        await CallAsync(3, "execute_in_task", new JsonObject { ["taskId"] = "T", ["command"] = "while ps -o args | grep -q '[9]8765'; do :; done", ["timeout"] = (int)HostStore.Patience.TotalMilliseconds / 2 });
        Assert.True((await host.AnswerAsync(3))["result"]!["structuredContent"]!["success"]!.GetValue<bool>());
        await CallAsync(4, "delete_task", new JsonObject { ["taskId"] = "T" });
        Assert.True((await host.AnswerAsync(4))["result"]!["structuredContent"]!["success"]!.GetValue<bool>());

        Task CallAsync(int id, string tool, JsonObject arguments)
        {
            var withToken = meta.DeepClone().AsObject();
            withToken["progressToken"] = $"p{id}";
            return host.SendAsync(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = "tools/call", ["params"] = new JsonObject { ["name"] = tool, ["arguments"] = arguments, ["_meta"] = withToken } }.ToJsonString());
        }
    }

    private async Task StartAsync()
    {
        _host = await HostClient.StartAsync(_store);
        _task = (await _host.OkAsync("create_task_sandbox", new { name = "n", taskId = "T" }))["taskId"]!.GetValue<string>();
    }

    private void WithEngine()
    {
        _store.Variables["OPENCODE_DOCKER_SOCKET"] = Surroundings.Engine;
        _store.Variables["OPENCODE_DOCKER_IMAGE"] = DockerEngine.Image;
    }

    private async Task StartWithEngineAsync()
    {
        WithEngine();
        _host = await HostClient.StartAsync(_store);
        await DockerEngine.RequireAsync();
        _task = (await _host.OkAsync("create_task_sandbox", new { name = "n" }))["taskId"]!.GetValue<string>();
    }

    private sealed class Lines : IProgress<ProgressNotificationValue>
    {
        private readonly Lock _lock = new();
        private readonly List<(string Text, TaskCompletionSource Seen)> _waiting = [];

        public string Text { get; private set; } = "";

        public List<double> Values { get; } = [];

        public void Report(ProgressNotificationValue value)
        {
            lock (_lock)
            {
                Text += (Text.Length > 0 ? "\n" : "") + value.Message;
                Values.Add(value.Progress);
                _waiting.Where(wait => Text.Contains(wait.Text, StringComparison.Ordinal)).ToList().ForEach(wait => wait.Seen.TrySetResult());
            }
        }

        public Task Until(string text)
        {
            lock (_lock)
            {
                var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _waiting.Add((text, seen));
                if (Text.Contains(text, StringComparison.Ordinal))
                {
                    seen.SetResult();
                }

                return seen.Task;
            }
        }
    }
}
