namespace OpenCode.Registry.Sqlite;

/// <summary>Something on its way through the door: begun once, or withdrawn before.</summary>
internal abstract class PendingWrite
{
    private readonly long _queued = TimeProvider.System.GetTimestamp();

    /// <summary>What it failed with, if it did.</summary>
    public Exception? Error { get; set; }

    /// <summary>How long ago it came.</summary>
    public TimeSpan Waited => TimeProvider.System.GetElapsedTime(_queued);

    /// <summary>From now on it is executed; false when it was withdrawn.</summary>
    public abstract bool Begin();

    /// <summary>Does it inside the transaction, alone or beside others: what it throws is told to nobody else. Done again in another one when the first is not committed.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="alone">True when nothing else is in it.</param>
    public abstract void Execute(DoorTransaction transaction, bool alone);

    /// <summary>Tells the outcome, once the transaction has ended.</summary>
    /// <param name="here">True to go on with the write's flow on this thread.</param>
    public abstract void Complete(bool here);
}
