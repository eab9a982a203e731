using ModelContextProtocol;
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
        await _host.DisposeAsync();
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
        // Standard output and standard error are two pipes: between the two the engine keeps no order.
        Assert.StartsWith("first\n", seen.Text, StringComparison.Ordinal);
        Assert.Equal(["first", "second", "stderr: last"], seen.Text.Split('\n').Order(StringComparer.Ordinal));
        Assert.Equal(seen.Values.Order().Distinct(), seen.Values);
    }

    [Fact]
    public async Task Execute_cancelled_by_the_client_kills_the_command()
    {
        // The revision whose cancellation the SDK's client sends: at 2026-07-28 it only stops waiting, and tells nobody.
        await StartWithEngineAsync("2025-11-25");
        await _host.OkAsync("execute_in_task", new { taskId = _task, command = "true" });
        var seen = new Lines();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);

        var call = _host.Client.CallToolAsync("execute_in_task", new Dictionary<string, object?> { ["taskId"] = _task, ["command"] = "echo begun; exec sleep 98765", ["timeout"] = 600_000 }, seen, cancellationToken: cancel.Token).AsTask();
        await seen.Until("begun").WaitAsync(HostStore.Patience, Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);

        // The next command waits until the last one's processes are gone, as long as the test's patience lasts.
        var gone = await _host.OkAsync("execute_in_task", new { taskId = _task, command = "while ps -o args | grep -q '[9]8765'; do :; done", timeout = (int)HostStore.Patience.TotalMilliseconds });
        Assert.True(gone["success"]!.GetValue<bool>());
    }

    private async Task StartAsync()
    {
        _host = await HostClient.StartAsync(_store);
        _task = (await _host.OkAsync("create_task_sandbox", new { name = "n", taskId = "T" }))["taskId"]!.GetValue<string>();
    }

    private async Task StartWithEngineAsync(string? protocolVersion = null)
    {
        _store.Variables["OPENCODE_DOCKER_SOCKET"] = Environment.GetEnvironmentVariable("OPENCODE_DOCKER_SOCKET");
        _store.Variables["OPENCODE_DOCKER_IMAGE"] = DockerEngine.Image;
        _host = await HostClient.StartAsync(_store, protocolVersion);
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
