using OpenCode.Common;

namespace OpenCode.Registry.Sqlite.Leading;

/// <summary>A follower, at the leader. It has one frame on its way at a time.</summary>
internal sealed class LedFollower(FrameSocket frames, int slot) : IDisposable
{
    private int _waits; // a count: the next frame may be taken before the thread that has answered the last one says so

    public FrameSocket Frames => frames;

    /// <summary>Its place among the slots.</summary>
    public int Slot => slot;

    /// <summary>Its number; 0 as long as it has not said who it is.</summary>
    public long Number { get; set; }

    /// <summary>The process its writes are made for.</summary>
    public ProcessIdentity? Process { get; set; }

    /// <summary>True for this process's own connection, by which it is woken.</summary>
    public bool Wakes { get; set; }

    /// <summary>True from the taking of a frame until its answer is sent, and for good when that does not get through: its receipt is all that tells what was made.</summary>
    public bool Waits => Volatile.Read(ref _waits) > 0;

    /// <summary>Its answers.</summary>
    public FrameWriter Answer { get; } = new();

    /// <summary>A frame of it was taken.</summary>
    public void BeginWaiting() => Interlocked.Increment(ref _waits);

    /// <summary>Its frame was answered, or withdrawn, which it knows.</summary>
    public void EndWaiting() => Interlocked.Decrement(ref _waits);

    /// <summary>Sends the answer; a follower that cannot be told finds it in its receipt.</summary>
    /// <returns>False when it cannot be told.</returns>
    public bool SendAnswer()
    {
        try
        {
            frames.Send(Answer.End());
            return true;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // It has gone, or takes no more, or this process leads no more. The leader's thread sees the end; one that is only slow is made to see it.
            frames.End();
            return false;
        }
    }

    public void Dispose() => frames.Dispose();
}
