using Microsoft.Data.Sqlite;

namespace OpenCode.Registry.Sqlite.Leading;

/// <summary>Writes that a leader had begun when it died. Its receipt tells whether they were made; if not, they are made now.</summary>
/// <param name="follower">Who this was to the leader.</param>
/// <param name="frame">The frame.</param>
/// <param name="writes">Its writes.</param>
internal sealed class DoubtfulFrame(long follower, long frame, IReadOnlyList<OwnWrite> writes) : PendingWrite
{
    private int _begun;
    private bool _settled;

    /// <inheritdoc />
    public override bool Begin() => Interlocked.Exchange(ref _begun, 1) == 0;

    /// <inheritdoc />
    public override void Execute(DoorTransaction transaction, bool alone)
    {
        IReadOnlyList<OwnWrite> rest = writes;
        if (Receipts.Find(transaction.Session, follower, frame) is { } answers)
        {
            rest = Frames.ReadOutcomes(answers, writes);
            _settled = rest.Count == 0;
        }

        foreach (var own in rest)
        {
            own.Execute(transaction, alone: false);
        }
    }

    /// <inheritdoc />
    public override void Complete(bool here)
    {
        foreach (var own in writes)
        {
            own.Error = Error is null || _settled ? own.Error : Unknown(Error);
            own.Complete(here: false);
        }
    }

    private static OpenCodeException Unknown(Exception e) => new(
        OpenCodeError.StoreUnavailable,
        $"It is not known whether the change was made: another process was making it when it ended, and what it left cannot be read. {(e is SqliteException ? "The database could not be written" : e.Message)} Read what is there before you repeat it.",
        (e as OpenCodeException)?.Target,
        e);
}
