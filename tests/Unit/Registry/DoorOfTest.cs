using OpenCode.Registry.Sqlite;
using OpenCode.Registry.Sqlite.Leading;

namespace OpenCode.Tests.Unit.Registry;

/// <summary>A leader's door that does with each frame what the test says.</summary>
internal sealed class DoorOfTest : IDoorOfLeader, IDisposable
{
    private readonly Queue<LedFrame> _frames = [];

    public Leader? Leader { get; set; }

    /// <summary>What to do with the next frame, on the leader's thread.</summary>
    public Action<FrameOfTest> Next { get; set; } = _ => throw new InvalidOperationException("No frame is expected.");

    /// <summary>Set when the leader has stopped.</summary>
    public ManualResetEventSlim Ended { get; } = new(true);

    /// <summary>The followers whose receipts the leader had forgotten.</summary>
    public List<long> Forgotten { get; } = [];

    public long WroteAt => 0;

    public void Queue(PendingWrite write)
    {
        if (write is LedFrame frame)
        {
            _frames.Enqueue(frame);
        }
        else if (write is Forgetting forgetting)
        {
            Forgotten.AddRange(forgetting.Followers);
        }
    }

    public bool Lead()
    {
        while (_frames.TryDequeue(out var frame))
        {
            Next(new FrameOfTest(frame));
        }

        return false;
    }

    public void Stopped(Leader leader) => Ended.Set();

    /// <summary>Stops the leader, and waits until it has.</summary>
    public void Dispose()
    {
        Leader?.Stop(TimeSpan.FromMinutes(1));
        Ended.Wait(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Ended.Dispose();
    }
}
