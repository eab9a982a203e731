using ModelContextProtocol;

namespace OpenCode.Tests.Integration.Mcp;

public sealed class HandshakeTests : IDisposable
{
    private readonly HostStore _store = new();

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData("2026-07-28")]
    [InlineData("2025-11-25")]
    [InlineData("2025-06-18")]
    [InlineData("2025-03-26")]
    [InlineData("2024-11-05")]
    public async Task Client_of_a_revision_gets_it_and_works(string version)
    {
        await using var host = await HostClient.StartAsync(_store, version);

        Assert.Equal(version, host.Client.NegotiatedProtocolVersion);
        Assert.Equal(8, (await host.Client.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken)).Count);
        Assert.Equal(0, (await host.OkAsync("list_tasks"))["count"]!.GetValue<int>());
    }

    [Fact]
    public async Task Client_without_a_wish_gets_the_newest_revision_and_learns_who_answers()
    {
        await using var host = await HostClient.StartAsync(_store);

        Assert.Equal("2026-07-28", host.Client.NegotiatedProtocolVersion);
        Assert.Equal("opencode-tasks", host.Client.ServerInfo!.Name);
        Assert.Matches(@"^\d+\.\d+\.\d+", host.Client.ServerInfo.Version);
        Assert.Contains("attach_agent_to_task", host.Client.ServerInstructions, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_tool_is_a_protocol_error()
    {
        await using var host = await HostClient.StartAsync(_store);

        var e = await Assert.ThrowsAsync<McpProtocolException>(() => host.CallAsync("make_coffee"));

        Assert.Equal(McpErrorCode.InvalidParams, e.ErrorCode);
    }

    [Fact]
    public async Task Store_that_cannot_be_opened_lets_the_handshake_pass_and_fails_each_call()
    {
        var file = Path.Combine(_store.WorkingDirectory, "a-file");
        await File.WriteAllTextAsync(file, "not a folder", TestContext.Current.CancellationToken);
        using var store = new HostStore { DataRoot = Path.Combine(file, "data") };
        await using var host = await HostClient.StartAsync(store);

        Assert.Contains(file, await host.RefusedAsync("StoreUnavailable", "list_tasks"), StringComparison.Ordinal);

        // Its user mends it, and nobody has to start the host again.
        File.Delete(file);
        await host.OkAsync("list_tasks");
    }

    [Fact]
    public async Task Wrong_configuration_is_told_by_each_call_until_it_is_mended()
    {
        var file = Path.Combine(_store.WorkingDirectory, "opencode-tasks.json");
        await File.WriteAllTextAsync(file, """{ "mcp": { "prot": 1 } }""", TestContext.Current.CancellationToken);
        await using var host = await HostClient.StartAsync(_store);

        var message = await host.RefusedAsync("InvalidArgument", "list_tasks");
        Assert.Contains(file, message, StringComparison.Ordinal);
        Assert.Contains("mcp.prot", message, StringComparison.Ordinal);

        File.Delete(file);
        await host.OkAsync("list_tasks");
    }
}
