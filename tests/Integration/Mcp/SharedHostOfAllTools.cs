namespace OpenCode.Tests.Integration.Mcp;

/// <summary>A host with all tools, the task <c>T</c> and a lock.</summary>
public sealed class SharedHostOfAllTools : IAsyncLifetime
{
    private readonly HostStore _store = new() { Tools = "all" };

    internal HostClient Host { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Host = await HostClient.StartAsync(_store);
        await Host.OkAsync("create_task_sandbox", new { name = "n", taskId = "T" });
        await Host.OkAsync("acquire_lock", new { resources = new string('a', 255), owner = "holder", leaseSeconds = 86_400 });
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        _store.Dispose();
    }
}
