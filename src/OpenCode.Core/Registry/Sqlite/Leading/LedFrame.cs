namespace OpenCode.Registry.Sqlite.Leading;

/// <summary>A follower's frame on its way through the leader's door.</summary>
internal sealed class LedFrame(Leader leader, LedFollower follower, long number, LedWrite[] writes) : PendingWrite
{
    private int _ended;

    /// <inheritdoc />
    public override bool Begin()
    {
        var begun = leader.Begin(follower.Slot, number);
        if (!begun)
        {
            EndWaiting(told: true);
        }

        return begun;
    }

    /// <inheritdoc />
    public override void Execute(DoorTransaction transaction, bool alone)
    {
        var rules = transaction.Rules(follower.Process!);
        var answers = Answer(write =>
        {
            write.Error = null;
            transaction.Try(e => write.Error = e, () => write.Execute(rules));
        });
        Receipts.Keep(transaction.Session, follower.Number, number, answers, transaction.Now);
    }

    /// <summary>Executes the writes, and keeps what they came to for the follower.</summary>
    /// <param name="execute">Executes one; never throws.</param>
    /// <returns>The answers.</returns>
    public ReadOnlySpan<byte> Answer(Action<LedWrite> execute)
    {
        var answer = BeginAnswer();
        var start = answer.Length;
        foreach (var write in writes)
        {
            execute(write);
            Frames.WriteOutcome(answer, write);
        }

        return answer.From(start);
    }

    /// <inheritdoc />
    public override void Complete(bool here)
    {
        if (Error is not null)
        {
            // Nothing of the transaction is there. The follower goes through the gate itself, and learns what is wrong.
            var answer = BeginAnswer();
            foreach (var _ in writes)
            {
                Frames.WriteNotMade(answer);
            }
        }

        follower.Answer.Byte(FrameWriter.Prefix + sizeof(long), leader.HasOthers(follower) ? (byte)1 : (byte)0);
        EndWaiting(follower.SendAnswer());
        leader.Answered();
    }

    // Once: what was refused because it had waited too long is still in the line, and looked at again.
    private void EndWaiting(bool told)
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0 && told)
        {
            follower.EndWaiting();
        }
    }

    private FrameWriter BeginAnswer()
    {
        var answer = follower.Answer.Begin();
        answer.Number(number);
        answer.Byte(0);
        return answer;
    }
}
