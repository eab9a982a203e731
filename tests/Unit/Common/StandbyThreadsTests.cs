using OpenCode.Common;

namespace OpenCode.Tests.Unit.Common;

public sealed class StandbyThreadsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public void Work_asked_for_while_other_work_blocks_is_done_beside_it()
    {
        using var together = new Barrier(3);
        var threads = new StandbyThreads("test", () => together.SignalAndWait(Patience));
        threads.Ask();
        threads.Ask();
        Assert.True(together.SignalAndWait(Patience));
    }

    [Fact]
    public void Work_is_done_as_often_as_it_is_asked_for_and_by_the_same_threads_again()
    {
        const int Times = 500;
        using var done = new CountdownEvent(Times);
        using var each = new SemaphoreSlim(0);
        var seen = new HashSet<int>();
        var threads = new StandbyThreads("test", () =>
        {
            lock (seen)
            {
                seen.Add(Environment.CurrentManagedThreadId);
            }

            done.Signal();
            each.Release();
        });
        for (var i = 0; i < Times; i++)
        {
            threads.Ask();
            Assert.True(each.Wait(Patience, TestStore.Token));
        }

        Assert.True(done.Wait(Patience, TestStore.Token));
        Assert.InRange(seen.Count, 1, 20); // one, and more only when it was not back in its place yet
    }
}
