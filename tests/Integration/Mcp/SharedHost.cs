namespace OpenCode.Tests.Integration.Mcp;

/// <summary>A host for all tests of a class, with the task <c>T</c>.</summary>
public sealed class SharedHost : IAsyncLifetime
{
    private readonly HostStore _store = new();

    internal HostClient Host { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Host = await HostClient.StartAsync(_store);
        await Host.OkAsync("create_task_sandbox", new { name = "n", taskId = "T" });
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        _store.Dispose();
    }
}
