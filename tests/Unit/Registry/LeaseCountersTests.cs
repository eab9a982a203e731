using OpenCode.Common;
using OpenCode.Registry;
using OpenCode.Registry.Sqlite;

namespace OpenCode.Tests.Unit.Registry;

/// <summary>The counters of leases move in memory during a transaction, and come to the database as if each write had moved them there.</summary>
public sealed class LeaseCountersTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_767_322_800_000);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_many_writes_count_is_written_once_and_is_the_sum()
    {
        await using var store = await TestStore.OpenAsync();
        using var session = new SqliteSession(store.Configuration);
        var counters = new LeaseCounters(session);
        session.Run("BEGIN IMMEDIATE");
        var before = Stored(session);
        var first = counters.NextFence();
        counters.NoteEnd(Now.AddMinutes(2));
        counters.NoteEnd(null);
        counters.NoteEnd(Now.AddMinutes(1));
        counters.NoteEnd(Now.AddMinutes(3));
        counters.CountEnded(1, 0, TimeSpan.FromMilliseconds(1_500.9));
        counters.CountEnded(2, 1, TimeSpan.FromMilliseconds(20.9));
        counters.CountConflicts(3);
        Assert.Equal(first + 1, counters.NextFence());
        Assert.Equal(before, Stored(session));
        counters.Flush();
        session.Run("COMMIT");
        Assert.Equal(first, before.Fence + 1);
        Assert.Equal((before.Fence + 2, Now.AddMinutes(1).ToUnixTimeMilliseconds(), before.Ended + 3, before.Lost + 1, before.Held + 1_520, before.Conflicts + 3), Stored(session));

        session.Run("BEGIN IMMEDIATE");
        var next = new LeaseCounters(session);
        next.NoteEnd(Now.AddMinutes(5)); // later than what is noted: nothing to write
        next.Flush();
        Assert.Equal(Now.AddMinutes(1).ToUnixTimeMilliseconds(), Stored(session).Due);
        Assert.Equal(first + 2, next.NextFence()); // goes on after a flush, too
        next.Flush();
        Assert.Equal(first + 3, next.NextFence());
        next.NoteEnd(Now);
        next.NoteNextEnd(); // there is no lease
        next.Flush();
        session.Run("COMMIT");
        Assert.Equal((first + 3, null), (Stored(session).Fence, Stored(session).Due));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_refused_write_counted_is_put_back(bool apart)
    {
        await using var store = await TestStore.OpenAsync();
        using var session = new SqliteSession(store.Configuration);
        session.Run("BEGIN IMMEDIATE");
        var before = Stored(session);
        var transaction = new DoorTransaction(session, Now, ProcessIdentity.Current, apart);
        var rules = transaction.Rules(ProcessIdentity.Current);
        var fences = new List<long>();
        Exception? refusal = null;
        Try(new CountConflicts(1), new ProveWrite());
        transaction.Try(e => refusal = e, () =>
        {
            rules.Execute(new CountConflicts(10), []);
            rules.Execute(new ProveWrite(), []);
            throw new OpenCodeException(OpenCodeError.LockHeld, "Refused.");
        });
        Assert.Equal("Refused.", refusal?.Message);
        Assert.False(transaction.IsSpoilt);
        Try(new CountConflicts(2), new ProveWrite());
        transaction.Flush();
        session.Run("COMMIT");
        Assert.Equal([before.Fence + 1, before.Fence + 2], fences);
        Assert.Equal((before.Fence + 2, before.Conflicts + 3), (Stored(session).Fence, Stored(session).Conflicts));

        void Try(CountConflicts count, ProveWrite prove) => transaction.Try(e => Assert.Fail(e.Message), () =>
        {
            rules.Execute(count, []);
            fences.Add(rules.Execute(prove, []));
        });
    }

    [Fact]
    public async Task Refusal_after_a_flush_within_a_savepoint_leaves_neither_counts_nor_a_wrong_fence()
    {
        await using var store = await TestStore.OpenAsync();
        using var session = new SqliteSession(store.Configuration);
        session.Run("BEGIN IMMEDIATE");
        var before = Stored(session);
        var transaction = new DoorTransaction(session, Now, ProcessIdentity.Current, apart: true);
        var rules = transaction.Rules(ProcessIdentity.Current);
        transaction.Try(_ => { }, () =>
        {
            rules.Execute(new ProveWrite(), []);
            rules.Execute(new SweepLeases(10), []); // looks for the next end, and so writes what was counted
            Assert.Equal(before.Fence + 1, Stored(session).Fence);
            throw new OpenCodeException(OpenCodeError.LockHeld, "Refused.");
        });
        Assert.Equal(before.Fence, Stored(session).Fence);
        Assert.Equal(before.Fence + 1, rules.Execute(new ProveWrite(), []));
        transaction.Flush();
        session.Run("COMMIT");
        Assert.Equal(before.Fence + 1, Stored(session).Fence);
    }

    [Fact]
    public async Task Counts_of_locks_through_the_door_are_what_was_done()
    {
        await using var store = await TestStore.OpenAsync();
        var runtime = store.Runtime;
        await Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
        {
            var lease = (await runtime.Locks.AcquireAsync(new OpenCode.Locks.LockRequest([$"r{i}"], "ada"), Token))[0];
            await runtime.Locks.ReleaseAsync($"r{i}", "ada", lease.Fence, Token);
        }));
        using var session = new SqliteSession(store.Configuration);
        Assert.Equal((40, 40, 0), (Stored(session).Fence, Stored(session).Ended, Stored(session).Lost));
    }

    private static (long Fence, long? Due, long Ended, long Lost, long Held, long Conflicts) Stored(SqliteSession session) =>
        session.Prepare("SELECT fence, due, ended, lost, held, conflicts FROM lease_counters").One(r => (r.Integer(0), r.IntegerOrNull(1), r.Integer(2), r.Integer(3), r.Integer(4), r.Integer(5)));
}
