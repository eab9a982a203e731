namespace OpenCode.Bench.Claims;

/// <summary>Takes a task and finishes it, each durable when it returns.</summary>
internal interface IClaimant : IAsyncDisposable
{
    /// <summary>Claims the next task.</summary>
    ValueTask ClaimAsync();

    /// <summary>Completes the task that was claimed last.</summary>
    ValueTask CompleteAsync();
}
