using OpenCode.Configuration;

namespace OpenCode.Cmdlets.Sessions;

/// <summary>The open stores of the process: one runtime for one configuration, shared by all runspaces, closed with its last user.</summary>
internal static class RuntimePool
{
    private static readonly Lock Gate = new();

    private static readonly Dictionary<RuntimeKey, SharedRuntime> Open = [];

    /// <summary>Opens the store of a configuration, or joins who has it open.</summary>
    public static async Task<RuntimeHandle> AcquireAsync(OpenCodeConfiguration configuration, CancellationToken cancellationToken)
    {
        var key = new RuntimeKey(configuration);
        SharedRuntime? shared;
        lock (Gate)
        {
            if (!Open.TryGetValue(key, out shared))
            {
                // Nobody's token: whoever stops waiting must not end the opening for the others.
                shared = new SharedRuntime(key, Task.Run(() => OpenCodeRuntime.OpenAsync(configuration, CancellationToken.None), CancellationToken.None));
                Open.Add(key, shared);
            }

            shared.Users++;
        }

        try
        {
            var runtime = await shared.Opening.WaitAsync(cancellationToken).ConfigureAwait(false);
            return new RuntimeHandle(shared, runtime);
        }
        catch
        {
            await ReleaseAsync(shared).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>One more user of a store that is in use.</summary>
    public static RuntimeHandle Share(SharedRuntime shared, OpenCodeRuntime runtime)
    {
        lock (Gate)
        {
            shared.Users++;
        }

        return new RuntimeHandle(shared, runtime);
    }

    /// <summary>One user less; the last one closes the store.</summary>
    public static async ValueTask ReleaseAsync(SharedRuntime shared)
    {
        lock (Gate)
        {
            shared.Users--;
            if (shared.Users > 0 && !shared.Opening.IsFaulted)
            {
                return;
            }

            // One that could not be opened is taken out at once, so that the next caller tries again.
            if (Open.TryGetValue(shared.Key, out var present) && present == shared)
            {
                Open.Remove(shared.Key);
            }
        }

        if (!shared.Opening.IsFaulted)
        {
            var runtime = await shared.Opening.ConfigureAwait(false);
            await runtime.DisposeAsync().ConfigureAwait(false);
        }
    }
}
