using OpenCode.Registry;

namespace OpenCode.Tests.Integration.Sandboxes;

/// <summary>Waits for a store's pool.</summary>
internal static class PoolWatch
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    /// <summary>Until so many are ready, and no other is there.</summary>
    public static async Task UntilReadyAsync(OpenCodeRuntime runtime, int wanted)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Test.Token);
        limit.CancelAfter(Longest);
        using var watch = runtime.Registry.Watch();
        while (await runtime.Registry.PoolAsync(limit.Token) is var rows && (rows.Count != wanted || rows.Any(static row => row.State is not PoolState.Ready)))
        {
            await watch.ChangedAsync(Longest, limit.Token);
        }
    }
}
