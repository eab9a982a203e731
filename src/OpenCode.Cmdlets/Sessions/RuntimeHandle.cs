namespace OpenCode.Cmdlets.Sessions;

/// <summary>The use of an open store by one runspace, or by one call of a cmdlet. The store stays open until every use is over.</summary>
/// <param name="shared">The store.</param>
/// <param name="runtime">Its runtime.</param>
internal sealed class RuntimeHandle(SharedRuntime shared, OpenCodeRuntime runtime) : IAsyncDisposable
{
    private int _released;

    /// <summary>The runtime.</summary>
    public OpenCodeRuntime Runtime { get; } = runtime;

    /// <summary>Another use of the same store.</summary>
    public RuntimeHandle Share() => RuntimePool.Share(shared, Runtime);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _released, 1) == 0 ? RuntimePool.ReleaseAsync(shared) : default;
}
