using OpenCode.Common;

namespace OpenCode.Registry.Sqlite;

/// <summary>A write of this process.</summary>
/// <param name="write">The write.</param>
/// <param name="guards">The leases it is made under.</param>
/// <param name="execute">Does it.</param>
internal sealed class OwnWrite(object write, IReadOnlyList<LeaseGuard> guards, Func<RegistryRules, object> execute) : PendingWrite
{
    private int _state; // 0 queued, 1 begun, 2 withdrawn
    private volatile bool _unwanted;

    /// <summary>The write.</summary>
    public object Write => write;

    /// <summary>The leases it is made under.</summary>
    public IReadOnlyList<LeaseGuard> Guards => guards;

    /// <summary>Its outcome, for the flow that waits for it.</summary>
    public TaskCompletionSource<object> Done { get; } = new();

    /// <summary>What it came to, once it is executed.</summary>
    public object? Result { get; set; }

    /// <inheritdoc />
    public override bool Begin() => Interlocked.CompareExchange(ref _state, 1, 0) == 0;

    /// <summary>It was begun for somebody who did not do it: it can be withdrawn again, or begun.</summary>
    public void GoBack()
    {
        Interlocked.Exchange(ref _state, 0);
        if (_unwanted)
        {
            Withdraw();
        }
    }

    /// <summary>Takes it back if it has not begun.</summary>
    public void Withdraw()
    {
        _unwanted = true;
        if (Interlocked.CompareExchange(ref _state, 2, 0) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static own => own.Done.SetCanceled(), this, preferLocal: false);
        }
    }

    /// <inheritdoc />
    public override void Execute(DoorTransaction transaction, bool alone)
    {
        var rules = transaction.Rules(transaction.Process);
        Error = null;
        if (alone)
        {
            Result = execute(rules);
        }
        else
        {
            transaction.Try(e => Error = e, () => Result = execute(rules));
        }
    }

    /// <inheritdoc />
    public override void Complete(bool here)
    {
        if (!here)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static own => own.Complete(here: true), this, preferLocal: false);
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
