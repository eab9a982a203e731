namespace OpenCode.Registry.Sqlite.Leading;

/// <summary>Takes away receipts that nobody will ask for. What is left, because the transaction failed, goes with the old ones.</summary>
internal sealed class Forgetting(IReadOnlyList<long> followers) : PendingWrite
{
    /// <summary>Whose.</summary>
    public IReadOnlyList<long> Followers => followers;

    /// <inheritdoc />
    public override bool Begin() => true;

    /// <inheritdoc />
    public override void Execute(DoorTransaction transaction, bool alone)
    {
        Receipts.ForgetOld(transaction.Session, transaction.Now);
        foreach (var follower in followers)
        {
            Receipts.Forget(transaction.Session, follower);
        }
    }

    /// <inheritdoc />
    public override void Complete(bool here)
    {
        // Nobody waits for it.
    }
}
