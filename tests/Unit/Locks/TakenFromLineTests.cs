using OpenCode.Common;
using OpenCode.Locks;
using OpenCode.Registry;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Locks;

/// <summary>An owner from whom everything is taken does not come back by itself: what it waited for ends with an error.</summary>
public sealed class TakenFromLineTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);

    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task Request_in_the_line_ends_with_LeaseLost_and_those_behind_go_on()
    {
        await using var store = await TestStore.OpenAsync(clock: TimeProvider.System);
        var locks = store.Runtime.Locks;
        await locks.AcquireAsync(new LockRequest(["r"], "holder"), Token);
        var mad = locks.AcquireAsync(new LockRequest(["r", "s"], "mad") { Wait = Long }, Token);
        await WaitingAsync(store, 1);
        var behind = locks.AcquireAsync(new LockRequest(["s"], "behind") { Wait = Long }, Token);
        await WaitingAsync(store, 2);

        Assert.Empty(await locks.ReleaseOwnerAsync("mad", Token));

        var taken = await Assert.ThrowsAsync<OpenCodeException>(() => mad.WaitAsync(TimeSpan.FromSeconds(30), Token));
        Assert.Equal((OpenCodeError.LeaseLost, "r"), (taken.Error, taken.Target));
        Assert.Contains("'mad' does not wait for 'r', 's' any more", taken.Message, StringComparison.Ordinal);
        Assert.Equal("behind", Assert.Single(await behind).Owner);
        await WaitingAsync(store, 0);
        Assert.Equal("mad", Assert.Single(await AgainAsync()).Owner);

        // Whoever asks again stands in the line as everybody does.
        async Task<IReadOnlyList<Lease>> AgainAsync()
        {
            await locks.ReleaseAsync("r", "holder", null, Token);
            return await locks.AcquireAsync(new LockRequest(["r"], "mad") { Wait = Long }, Token);
        }
    }

    [Fact]
    public async Task Request_that_was_granted_and_not_told_yet_ends_with_LeaseLost()
    {
        await using var store = await TestStore.OpenAsync(clock: TimeProvider.System);
        var runtime = store.Runtime;
        var held = await runtime.Locks.AcquireAsync(new LockRequest(["r"], "holder"), Token);
        var mad = runtime.Locks.AcquireAsync(new LockRequest(["r"], "mad") { Wait = Long }, Token);
        await WaitingAsync(store, 1);

        // Both come while the gate is closed, so they go into one transaction and nobody sees what is between: the holder hands it over, and it is taken.
        using var gate = new FileLock(store.Configuration.DatabaseFile + ".gate");
        List<Task> writes = [];
        using (await gate.AcquireAsync(TimeSpan.FromSeconds(10), Token))
        {
            writes.Add(runtime.Registry.WriteAsync(new ReleaseLocks("holder", [("r", held[0].Fence)]), Token).AsTask());
            writes.Add(runtime.Registry.WriteAsync(new ReleaseOwner("mad"), Token).AsTask());
        }

        await Task.WhenAll(writes);

        Assert.Equal(OpenCodeError.LeaseLost, (await Assert.ThrowsAsync<OpenCodeException>(() => mad.WaitAsync(TimeSpan.FromSeconds(30), Token))).Error);
        Assert.Empty(await runtime.Locks.ListAsync(new LockQuery(), Token));
    }

    [Theory]
    [InlineData("first")]
    [InlineData("second")]
    public async Task Agent_that_waits_for_a_task_ends_with_LeaseLost_wherever_it_stands(string mad)
    {
        await using var store = await TestStore.OpenAsync(clock: TimeProvider.System);
        var tasks = store.Runtime.Tasks;
        await tasks.CreateAsync(new NewTask { Id = "t", Name = "n" }, Token);
        await tasks.AttachAsync("t", new AttachRequest("holder"), Token);
        // The first has the turn to wait, the second waits for the turn.
        var first = tasks.AttachAsync("t", new AttachRequest("first") { Wait = Long }, Token);
        await TestStore.UntilAsync(async () => (await store.Runtime.Registry.LeasesAsync("turn:t", Token)).Count == 1);
        var second = tasks.AttachAsync("t", new AttachRequest("second") { Wait = Long }, Token);
        await TestStore.UntilAsync(() => Waiters(store) == 1);

        Assert.Empty(await store.Runtime.Locks.ReleaseOwnerAsync(mad, Token));

        var (ended, other) = mad == "first" ? (first, second) : (second, first);
        if (mad == "first")
        {
            // Told when the turn is renewed at the latest, or when the task is free.
            await TestStore.UntilAsync(async () => (await store.Runtime.Registry.LeasesAsync("turn:t", Token)).Any(l => l.Owner == "second"));
        }
        else
        {
            Assert.Equal(OpenCodeError.LeaseLost, (await Assert.ThrowsAsync<OpenCodeException>(() => ended.WaitAsync(TimeSpan.FromSeconds(30), Token))).Error);
        }

        await tasks.DetachAsync("t", "holder", null, Token);
        Assert.Equal(mad == "first" ? "second" : "first", (await other.WaitAsync(TimeSpan.FromSeconds(30), Token)).Owner);
        var taken = await Assert.ThrowsAsync<OpenCodeException>(() => ended.WaitAsync(TimeSpan.FromSeconds(30), Token));
        Assert.Equal((OpenCodeError.LeaseLost, "t"), (taken.Error, taken.Target));
        Assert.Contains($"Agent '{mad}' does not wait for task 't' any more", taken.Message, StringComparison.Ordinal);
        await Agreement.CheckAsync(store.Runtime, "t", Token);
    }

    private static Task WaitingAsync(TestStore store, long count) => TestStore.UntilAsync(async () => (await store.Runtime.Registry.StatisticAsync(0, Token)).Locks.Waiting == count);

    // Those who wait for a turn are in no statistic.
    private static long Waiters(TestStore store)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={store.Configuration.DatabaseFile};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM waiters";
        return (long)command.ExecuteScalar()!;
    }
}
