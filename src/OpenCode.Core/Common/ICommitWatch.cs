namespace OpenCode.Common;

/// <summary>Tells when something was committed to the registry, by this process or any other. For one waiter at a time; dispose it when nobody waits any more.</summary>
public interface ICommitWatch : IDisposable
{
    /// <summary>Waits for a commit that came after the last call returned, or after the watch was made. What was committed is for the caller to find out.</summary>
    /// <param name="limit">The longest wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False when nothing was committed within the limit. True may also come without a commit, but never too seldom.</returns>
    ValueTask<bool> ChangedAsync(TimeSpan limit, CancellationToken cancellationToken);
}
