using Microsoft.Data.Sqlite;

namespace OpenCode.Registry.Sqlite.Leading;

/// <summary>
/// Writes that a leader had begun when it died, or was stopped. Whoever has the gate knows what became of them: the answer has come meanwhile, or the leader's receipt tells that they were made; if neither is there,
/// they are made now.
/// </summary>
/// <param name="connection">On which the answer may still come. A leader forgets a receipt only after it has sent the answer, so the connection is kept until then; null when there is none. Closed at the end.</param>
/// <param name="follower">Who this was to the leader.</param>
/// <param name="frame">The frame.</param>
/// <param name="writes">Its writes.</param>
internal sealed class DoubtfulFrame(FrameSocket? connection, long follower, long frame, IReadOnlyList<OwnWrite> writes) : PendingWrite
{
    private int _begun;
    private bool _settled;
    private byte[]? _answers;

    /// <inheritdoc />
    public override bool Begin() => Interlocked.Exchange(ref _begun, 1) == 0;

    /// <inheritdoc />
    public override void Execute(DoorTransaction transaction, bool alone)
    {
        IReadOnlyList<OwnWrite> rest = writes;
        _answers ??= Heard() ?? Receipts.Find(transaction.Session, follower, frame);
        if (_answers is not null)
        {
            rest = Frames.ReadOutcomes(_answers, writes);
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
        connection?.Dispose();
        foreach (var own in writes)
        {
            own.Error = Error is null || _settled ? own.Error : Unknown(Error);
            own.Complete(here: false);
        }
    }

    private byte[]? Heard()
    {
        try
        {
            while (connection is not null)
            {
                if (connection.TryRead(out var answer))
                {
                    return Frames.ReadAnswer(answer, frame, out _).ToArray();
                }

                if (!connection.Wait(0) || !connection.Receive())
                {
                    return null;
                }
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            // The leader has died in the middle of it.
        }

        return null;
    }

    private static OpenCodeException Unknown(Exception e) => new(
        OpenCodeError.StoreUnavailable,
        $"It is not known whether the change was made: another process was making it when it ended or was stopped, and what it left cannot be read. {(e is SqliteException ? "The database could not be written" : e.Message)} Read what is there before you repeat it.",
        (e as OpenCodeException)?.Target,
        e);
}
