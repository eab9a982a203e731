using OpenCode.Common;

namespace OpenCode.Registry.Sqlite.Leading;

/// <summary>A follower, at the leader. It has one frame on its way at a time.</summary>
internal sealed class LedFollower(FrameSocket frames, int slot) : IDisposable
{
    private volatile bool _waits; // answered on whatever thread executed its frame

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
    public bool Waits => _waits;

    /// <summary>Its answers.</summary>
    public FrameWriter Answer { get; } = new();

    /// <summary>A frame of it was taken.</summary>
    public void BeginWaiting() => _waits = true;

    /// <summary>Its frame was withdrawn, which it knows.</summary>
    public void EndWaiting() => _waits = false;

    /// <summary>Sends the answer; a follower that cannot be told finds it in its receipt.</summary>
    public void SendAnswer()
    {
        try
        {
            frames.Send(Answer.End());
            _waits = false;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // It has gone, or takes no more, or this process leads no more. The leader's thread sees the end; one that is only slow is made to see it.
            frames.End();
        }
    }

    public void Dispose() => frames.Dispose();
}
