namespace OpenCode.Cmdlets.Sessions;

/// <summary>A store that is open, or being opened, and how many use it.</summary>
/// <param name="key">Its place in the pool.</param>
/// <param name="opening">The opening.</param>
internal sealed class SharedRuntime(RuntimeKey key, Task<OpenCodeRuntime> opening)
{
    /// <summary>Its place in the pool.</summary>
    public RuntimeKey Key { get; } = key;

    /// <summary>The opening; done when the store can be used.</summary>
    public Task<OpenCodeRuntime> Opening { get; } = opening;

    /// <summary>How many use it; changed under the pool's lock only.</summary>
    public int Users { get; set; }
}
