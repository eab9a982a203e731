using OpenCode.Configuration;
using OpenCode.Locks;

namespace OpenCode.Bench.Claims;

/// <summary>Asks for a lock that somebody else holds, and is told so. Both of its steps do that.</summary>
internal sealed class ConflictClaimant(OpenCodeRuntime runtime, string agent) : IClaimant
{
    private const string Resource = "deploy";

    /// <summary>Takes the lock that others are to ask for.</summary>
    /// <returns>Dispose of it when they have asked.</returns>
    public static async Task<IAsyncDisposable> HoldAsync(OpenCodeConfiguration configuration)
    {
        var runtime = await OpenCodeRuntime.OpenAsync(configuration, BenchContext.Token);
        await runtime.Locks.AcquireAsync(new LockRequest([Resource], "the holder") { Lease = TimeSpan.FromHours(1) }, BenchContext.Token);
        return runtime;
    }

    public static async Task<ConflictClaimant> OpenAsync(OpenCodeConfiguration configuration, string agent) =>
        new(await OpenCodeRuntime.OpenAsync(configuration, BenchContext.Token), agent);

    public async ValueTask ClaimAsync()
    {
        try
        {
            await runtime.Locks.AcquireAsync(new LockRequest([Resource], agent), BenchContext.Token);
        }
        catch (OpenCodeException e) when (e.Error is OpenCodeError.LockHeld)
        {
            return;
        }

        throw new InvalidOperationException($"The lock '{Resource}' was given away while it was held.");
    }

    public ValueTask CompleteAsync() => ClaimAsync();

    public ValueTask DisposeAsync() => runtime.DisposeAsync();
}
