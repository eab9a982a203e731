namespace OpenCode.Registry.Sqlite;

/// <summary>A write on its way through the door: begun once, or withdrawn before.</summary>
/// <param name="execute">Does it inside a transaction.</param>
internal sealed class PendingWrite(Func<RegistryRules, object> execute)
{
    private readonly long _queued = TimeProvider.System.GetTimestamp();
    private int _state; // 0 queued, 1 begun, 2 withdrawn

    public TaskCompletionSource<object> Done { get; } = new();

    public object? Result { get; set; }

    public Exception? Error { get; set; }

    public TimeSpan Waited => TimeProvider.System.GetElapsedTime(_queued);

    public object Execute(RegistryRules rules) => execute(rules);

    public bool Begin() => Interlocked.CompareExchange(ref _state, 1, 0) == 0;

    public void Withdraw()
    {
        if (Interlocked.CompareExchange(ref _state, 2, 0) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static pending => pending.Done.SetCanceled(), this, preferLocal: false);
        }
    }

    /// <summary>Tells the outcome.</summary>
    /// <param name="here">True to go on with the write's flow on this thread.</param>
    public void Complete(bool here)
    {
        if (!here)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static pending => pending.Complete(here: true), this, preferLocal: false);
        }
        else if (Error is not null)
        {
            Done.SetException(Error);
        }
        else
        {
            Done.SetResult(Result!);
        }
    }
}
