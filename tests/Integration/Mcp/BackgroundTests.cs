using System.Diagnostics;
using System.Text.Json.Nodes;
using OpenCode.Tests.Integration.Hosting;
using OpenCode.Tests.Integration.Sandboxes;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>Commands that go on without their caller: on two hosts over one store, one of which is killed or stopped in the middle.</summary>
public sealed class BackgroundTests : IAsyncLifetime
{
    private readonly HostStore _store = new() { Tools = "all" };
    private HostClient _host = null!;

    public async ValueTask InitializeAsync()
    {
        await DockerEngine.RequireAsync();
        _store.Variables["OPENCODE_DOCKER_SOCKET"] = Surroundings.Engine;
        _store.Variables["OPENCODE_DOCKER_IMAGE"] = DockerEngine.Image;
        _host = await HostClient.StartAsync(_store);
        await _host.OkAsync("create_task_sandbox", new { name = "n", taskId = "T" });
        await _host.OkAsync("execute_in_task", new { taskId = "T", command = "mkfifo go gone" });
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            // With its container: a data root that is simply removed would leave it behind.
            await _host.CallAsync("delete_task", new { taskId = "T", force = true });
            await _host.DisposeAsync();
        }

        _store.Dispose();
    }

    [Fact]
    public async Task Command_in_the_background_is_answered_at_once_and_seen_from_every_host()
    {
        await using var other = await HostClient.StartAsync(_store);

        var begun = await _host.OkAsync("execute_in_task", new { taskId = "T", command = "echo out; echo err >&2; cat go; echo last; exit 3", background = true });
        Assert.Equal(("running", true), (begun["status"]!.GetValue<string>(), begun["success"]!.GetValue<bool>()));
        Assert.Null(begun["exitCode"]);
        var id = begun["executionId"]!.GetValue<string>();

        var running = await UntilAsync(other, id, now => now["stdout"]!.GetValue<string>().Contains("err", StringComparison.Ordinal));
        Assert.Equal(("running", "err\nout\n", null), (running["status"]!.GetValue<string>(), Sorted(running["stdout"]!), running["exitCode"]));
        Assert.Equal("running", (await LookAsync(other, id, 100))["status"]!.GetValue<string>());
        Assert.Contains("\"status\":\"running\"", await ResourceAsync(other, id), StringComparison.Ordinal);

        var waiting = LookAsync(other, id, 60_000);
        await other.OkAsync("execute_in_task", new { taskId = "T", command = "echo on > go" });
        var ended = await waiting;
        Assert.Equal(("exited", 3, "out\non\nlast\n", "err\n"), (ended["status"]!.GetValue<string>(), ended["exitCode"]!.GetValue<int>(), ended["stdout"]!.GetValue<string>(), ended["stderr"]!.GetValue<string>()));
        Assert.True(JsonNode.DeepEquals(ended, await LookAsync(_host, id, 0)));
        Assert.Equal("exited", (await CancelAsync(_host, id))["status"]!.GetValue<string>());
        Assert.True(JsonNode.DeepEquals(ended, await LookAsync(other, id, 0)), "One that has ended stays as it is.");
    }

    [Fact]
    public async Task Command_in_the_background_is_ended_from_another_host_with_all_it_started()
    {
        await using var other = await HostClient.StartAsync(_store);
        var id = await StartAsync(_host, "echo begun; setsid sleep 98765 & exec sleep 98765");
        await UntilAsync(other, id, now => now["stdout"]!.GetValue<string>() == "begun\n");

        var ended = await CancelAsync(other, id);

        Assert.Equal(("cancelled", "not wanted", null), (ended["status"]!.GetValue<string>(), ended["reason"]!.GetValue<string>(), ended["exitCode"]));
        Assert.Equal("begun\n", (await LookAsync(_host, id, 0))["stdout"]!.GetValue<string>());
        Assert.Equal("0\n", (await _host.OkAsync("execute_in_task", new { taskId = "T", command = "ps -o args | grep -c '[9]8765'" }))["stdout"]!.GetValue<string>());
        Assert.Single(await LogAsync(), line => line.Contains("cancelled", StringComparison.Ordinal) && line.Contains("not wanted", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Command_that_a_caller_waits_for_is_ended_from_another_host_and_its_caller_is_told()
    {
        await using var other = await HostClient.StartAsync(_store);
        var call = _host.OkAsync("execute_in_task", new { taskId = "T", command = "echo begun > gone; exec sleep 98765", timeout = 600_000 });
        await other.OkAsync("execute_in_task", new { taskId = "T", command = "cat gone" });
        var running = (await ExecutionsAsync()).Single(line => line.Contains("98765", StringComparison.Ordinal));

        await CancelAsync(other, running.Split(' ')[0]);

        var told = await call;
        Assert.Equal((false, "cancelled"), (told["success"]!.GetValue<bool>(), told["status"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Host_killed_in_the_middle_leaves_a_command_that_another_host_knows_is_lost_and_ends()
    {
        string id;
        using (var killed = await RawHost.ReadyAsync(_store))
        {
            id = (await killed.ResultAsync("execute_in_task", new JsonObject { ["taskId"] = "T", ["command"] = "echo begun; exec sleep 98765", ["background"] = true, ["idempotencyKey"] = "k" }))["executionId"]!.GetValue<string>();
            await UntilAsync(_host, id, now => now["stdout"]!.GetValue<string>() == "begun\n");
            killed.Kill();
        }

        var clock = Stopwatch.StartNew();
        var lost = await LookAsync(_host, id, 300_000);
        TestContext.Current.TestOutputHelper!.WriteLine($"lost after {clock.ElapsedMilliseconds} ms");

        Assert.Equal(("lost", "begun\n", null), (lost["status"]!.GetValue<string>(), lost["stdout"]!.GetValue<string>(), lost["exitCode"]));
        Assert.NotEmpty(lost["reason"]!.GetValue<string>());
        Assert.Equal("0\n", (await _host.OkAsync("execute_in_task", new { taskId = "T", command = "ps -o args | grep -c '[9]8765'" }))["stdout"]!.GetValue<string>());
        Assert.Single(await LogAsync(), line => line.Contains("ended unseen", StringComparison.Ordinal));

        // The key is kept, and gives the command it was given for; nothing is run a second time.
        Assert.Equal(id, await StartAsync(_host, "echo begun; exec sleep 98765", "k"));
        Assert.Single(await ExecutionsAsync(), line => line.Contains("98765", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData(null)]
    public async Task Host_that_is_stopped_ends_its_commands_and_says_so_in_the_log(string? signal)
    {
        string id;
        using (var stopped = await RawHost.ReadyAsync(_store))
        {
            id = (await stopped.ResultAsync("execute_in_task", new JsonObject { ["taskId"] = "T", ["command"] = "echo begun; exec sleep 98765", ["background"] = true }))["executionId"]!.GetValue<string>();
            await UntilAsync(_host, id, now => now["stdout"]!.GetValue<string>() == "begun\n");
            await EndAsync(stopped, signal);
        }

        var ended = await LookAsync(_host, id, 0);
        Assert.Equal(("cancelled", "the process that ran it was stopped", "begun\n"), (ended["status"]!.GetValue<string>(), ended["reason"]!.GetValue<string>(), ended["stdout"]!.GetValue<string>()));
        Assert.Equal("0\n", (await _host.OkAsync("execute_in_task", new { taskId = "T", command = "ps -o args | grep -c '[9]8765'" }))["stdout"]!.GetValue<string>());
        Assert.Single(await LogAsync(), line => line.Contains("the process that ran it was stopped", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Key_repeated_on_another_host_is_the_same_command_and_runs_once()
    {
        await using var other = await HostClient.StartAsync(_store);

        var ids = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => StartAsync(i % 2 == 0 ? _host : other, "echo once >> count", "k")));
        Assert.Single(ids.Distinct());
        Assert.Equal("exited", (await LookAsync(other, ids[0], 60_000))["status"]!.GetValue<string>());
        Assert.Equal("once\n", (await _host.OkAsync("execute_in_task", new { taskId = "T", command = "cat count" }))["stdout"]!.GetValue<string>());
    }

    [Fact]
    public async Task Output_so_far_is_bounded_and_says_that_it_is()
    {
        var id = await StartAsync(_host, "echo first; head -c 3000000 /dev/zero | tr '\\0' x; echo; echo last; cat go");

        var running = await UntilAsync(_host, id, now => now["stdout"]!.GetValue<string>().EndsWith("last\n", StringComparison.Ordinal));

        var text = running["stdout"]!.GetValue<string>();
        Assert.Equal(("running", true), (running["status"]!.GetValue<string>(), running["truncated"]!.GetValue<bool>()));
        Assert.StartsWith("first\n", text, StringComparison.Ordinal);
        Assert.Contains("bytes left out", text, StringComparison.Ordinal);
        Assert.InRange(text.Length, 1024 * 1024, (1024 * 1024) + 100);
        Assert.Equal("cancelled", (await CancelAsync(_host, id))["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task Command_in_an_agents_name_ends_with_the_agents_lease()
    {
        var fence = (await _host.OkAsync("attach_agent_to_task", new { taskId = "T", agentId = "a" }))["fence"]!.GetValue<long>();
        var begun = await _host.OkAsync("execute_in_task", new { taskId = "T", command = "echo begun; exec sleep 98765", agentId = "a", fence, background = true });
        var id = begun["executionId"]!.GetValue<string>();
        await UntilAsync(_host, id, now => now["stdout"]!.GetValue<string>() == "begun\n");

        await _host.OkAsync("detach_agent_from_task", new { taskId = "T", agentId = "a" });

        var ended = await LookAsync(_host, id, 60_000);
        Assert.Equal(("failed", "LeaseLost: the lease it ran under is gone"), (ended["status"]!.GetValue<string>(), ended["reason"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Command_whose_sandbox_cannot_be_made_tells_why_when_it_is_asked_for()
    {
        await _host.OkAsync("create_task_sandbox", new { name = "n", taskId = "U", image = "localhost:1/none:none" });

        var begun = await _host.OkAsync("execute_in_task", new { taskId = "U", command = "true", background = true });
        var ended = await LookAsync(_host, begun["executionId"]!.GetValue<string>(), 60_000, "U");

        Assert.Equal("failed", ended["status"]!.GetValue<string>());
        Assert.Contains("localhost:1/none:none", ended["reason"]!.GetValue<string>(), StringComparison.Ordinal);
        await _host.OkAsync("delete_task", new { taskId = "U" });
    }

    [Fact]
    public async Task Command_that_is_not_there_is_refused_by_name()
    {
        Assert.Contains("exec_none", await _host.RefusedAsync("InvalidArgument", "get_execution", new { taskId = "T", executionId = "exec_none" }), StringComparison.Ordinal);
        Assert.Contains("exec_none", await _host.RefusedAsync("InvalidArgument", "cancel_execution", new { taskId = "T", executionId = "exec_none" }), StringComparison.Ordinal);
        await _host.RefusedAsync("TaskNotFound", "get_execution", new { taskId = "none", executionId = "exec_none" });
    }

    private static async Task EndAsync(RawHost host, string? signal)
    {
        if (signal is null)
        {
            host.CloseInput();
        }
        else
        {
            host.Signal(signal);
        }

        var (code, _, errors) = await host.EndAsync();
        Assert.Equal((0, ""), (code, errors));
    }

    private static async Task<string> StartAsync(HostClient host, string command, string? key = null) =>
        (await host.OkAsync("execute_in_task", new { taskId = "T", command, background = true, idempotencyKey = key }))["executionId"]!.GetValue<string>();

    private static Task<JsonObject> LookAsync(HostClient host, string id, int waitMs, string task = "T") =>
        host.OkAsync("get_execution", new { taskId = task, executionId = id, waitMs });

    private static Task<JsonObject> CancelAsync(HostClient host, string id) =>
        host.OkAsync("cancel_execution", new { taskId = "T", executionId = id, reason = "not wanted" });

    private static async Task<JsonObject> UntilAsync(HostClient host, string id, Func<JsonObject, bool> isSo)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var now = await LookAsync(host, id, 0);
            if (isSo(now))
            {
                return now;
            }

            Assert.True(clock.Elapsed < HostStore.Patience, now.ToJsonString());
        }
    }

    private static string Sorted(JsonNode lines) => string.Concat(lines.GetValue<string>().Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal).Select(line => line + "\n"));

    private static async Task<string> ResourceAsync(HostClient host, string id) =>
        ((ModelContextProtocol.Protocol.TextResourceContents)(await host.ReadAsync($"opencode://tasks/T/executions/{id}")).Contents[0]).Text;

    private async Task<string[]> LogAsync() =>
        [.. (await _host.OkAsync("get_history", new { taskId = "T" }))["entries"]!.AsArray().Select(entry => entry!["message"]!.GetValue<string>())];

    private async Task<string[]> ExecutionsAsync()
    {
        await using var runtime = await OpenCodeRuntime.OpenAsync(new Configuration.OpenCodeConfiguration { DataRoot = _store.DataRoot, DockerEndpoint = _store.Variables["OPENCODE_DOCKER_SOCKET"] }, TestContext.Current.CancellationToken);
        return [.. (await runtime.Executions.ListAsync("T", null, null, TestContext.Current.CancellationToken)).Select(one => $"{one.Id} {string.Join(' ', one.Command)}")];
    }
}
