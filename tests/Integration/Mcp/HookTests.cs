using System.Text.Json;

namespace OpenCode.Tests.Integration.Mcp;

/// <summary>Hooks of the configuration run for agents over MCP too.</summary>
public sealed class HookTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Blocking_program_refuses_an_attachment_and_is_told_who_it_is()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The program of this test is a POSIX shell.");
        using var store = new HostStore();
        Directory.CreateDirectory(store.DataRoot);
        await File.WriteAllTextAsync(Path.Combine(store.DataRoot, "config.json"), """
            { "hooks": [
                { "event": "beforeTaskStart", "command": ["sh", "-c", "test -e open || { echo 'the gate is shut' >&2; exit 3; }"], "name": "gate", "blocking": true },
                { "event": "afterTaskStart", "command": ["sh", "-c", "cat > told.json"] }
            ] }
            """, Token);
        await using var host = await HostClient.StartAsync(store);
        await host.OkAsync("create_task_sandbox", new { name = "x", taskId = "t" });
        var refused = await host.RefusedAsync("HookRejected", "attach_agent_to_task", new { taskId = "t", agentId = "ana" });
        Assert.Contains("'gate'", refused, StringComparison.Ordinal);
        Assert.Contains("the gate is shut", refused, StringComparison.Ordinal);
        Assert.Equal("pending", (await host.OkAsync("get_task_status", new { taskId = "t" }))["status"]!.GetValue<string>());

        await File.WriteAllTextAsync(Path.Combine(store.DataRoot, "open"), "", Token);
        await host.OkAsync("attach_agent_to_task", new { taskId = "t", agentId = "ana" });
        using var told = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(store.DataRoot, "told.json"), Token));
        Assert.Equal(("afterTaskStart", "t", "ana"), (told.RootElement.GetProperty("event").GetString(), told.RootElement.GetProperty("taskId").GetString(), told.RootElement.GetProperty("agentId").GetString()));
        Assert.Equal("running", told.RootElement.GetProperty("task").GetProperty("status").GetString());
    }

    [Fact]
    public async Task Hooks_of_the_folder_the_client_starts_the_host_in_run_nothing()
    {
        using var store = new HostStore();
        await File.WriteAllTextAsync(Path.Combine(store.WorkingDirectory, "opencode-tasks.json"), """{ "hooks": [{ "event": "beforeTaskStart", "command": ["sh", "-c", "touch ran; exit 1"], "blocking": true }] }""", Token);
        await using var host = await HostClient.StartAsync(store);
        await host.OkAsync("create_task_sandbox", new { name = "x", taskId = "t" });
        await host.OkAsync("attach_agent_to_task", new { taskId = "t", agentId = "ana" });
        Assert.False(File.Exists(Path.Combine(store.WorkingDirectory, "ran")));
    }
}
