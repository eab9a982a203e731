using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Pipeline;

/// <summary>Reports a wait: how many tasks got there, and errors about those that are gone.</summary>
/// <param name="feed">The way to the pipeline.</param>
/// <param name="progress">What to show.</param>
internal sealed class WaitReporter(PipelineFeed feed, CountProgress progress) : IWaitObserver
{
    /// <inheritdoc />
    public void Waiting(int reached, int of)
    {
        if (progress.Next(reached, of) is { } record)
        {
            feed.Progress(record);
        }
    }

    /// <inheritdoc />
    public void Gone(OpenCodeException error) => feed.Failure(error);
}
