namespace OpenCode.Cmdlets.Pipeline;

/// <summary>Something that has to be done on the pipeline thread while the cmdlet waits there for its work.</summary>
/// <param name="work">What is to be done; given the cmdlet whose thread it is.</param>
internal sealed class PipelineCall(Action<OpenCodeCmdlet> work)
{
    // The call belongs to the flow it comes from: what is ambient there is ambient on the pipeline thread too.
    private readonly ExecutionContext? _flow = ExecutionContext.Capture();
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int _state; // 0 queued, 1 begun, 2 withdrawn

    /// <summary>Ends when it was done, with what it threw; or when it was withdrawn.</summary>
    public Task Done => _done.Task;

    /// <summary>Takes it back when it has not begun. What has begun is waited for: whoever asked for it tells it to stop by a token of its own.</summary>
    public void Withdraw()
    {
        if (Interlocked.CompareExchange(ref _state, 2, 0) == 0)
        {
            _done.SetCanceled();
        }
    }

    /// <summary>Does it. Called on the pipeline thread; throws nothing.</summary>
    public void Run(OpenCodeCmdlet cmdlet)
    {
        if (Interlocked.CompareExchange(ref _state, 1, 0) != 0)
        {
            return;
        }

        try
        {
            if (_flow is null)
            {
                work(cmdlet);
            }
            else
            {
                ExecutionContext.Run(_flow, _ => work(cmdlet), null);
            }

            _done.SetResult();
        }
        catch (Exception e)
        {
            // Whoever asked for it is told, and decides what it means.
            _done.SetException(e);
        }
    }
}
