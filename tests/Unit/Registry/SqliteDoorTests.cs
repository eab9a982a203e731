using OpenCode.Common;
using OpenCode.Registry;
using OpenCode.Registry.Sqlite;

namespace OpenCode.Tests.Unit.Registry;

/// <summary>The door while another process (here: another lock on the same file) has the gate.</summary>
public sealed class SqliteDoorTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task Flow_that_blocks_the_thread_it_went_on_with_holds_up_no_other_write()
    {
        await using var store = await TestStore.OpenAsync();
        var registry = store.Runtime.Registry;
        using var gate = new FileLock(store.Configuration.DatabaseFile + ".gate");
        var held = await gate.AcquireAsync(Patience, Token);
        using var blocked = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var flow = BlockAfterWriteAsync();
        held.Dispose();
        blocked.Wait(Token); // whichever thread executed the write now stands still
        held = await gate.AcquireAsync(Patience, Token);
        var other = registry.WriteAsync(new ProveWrite(), Token).AsTask();
        Assert.False(other.IsCompleted);
        held.Dispose();
        await other.WaitAsync(Patience, Token);
        goOn.Set();
        await flow.WaitAsync(Patience, Token);

        async Task BlockAfterWriteAsync()
        {
            await registry.WriteAsync(new ProveWrite(), Token).ConfigureAwait(false);
            blocked.Set();
            goOn.Wait(Token);
        }
    }

    [Fact]
    public async Task Write_that_is_not_to_wait_is_not_made_while_somebody_has_the_gate_and_is_made_whole_when_nobody_has()
    {
        await using var store = await TestStore.OpenAsync();
        var registry = store.Runtime.Registry;
        using var gate = new FileLock(store.Configuration.DatabaseFile + ".gate");
        using (await gate.AcquireAsync(Patience, Token))
        {
            Assert.Null(registry.WriteIfFree(new ProveWrite()));
            var waits = registry.WriteAsync(new ProveWrite(), Token).AsTask();
            Assert.Null(registry.WriteIfFree(new ProveWrite())); // nor is it before one that waits
            Assert.False(waits.IsCompleted);
            gate.Leave();
            var first = await waits.WaitAsync(Patience, Token);
            await TestStore.UntilAsync(() => registry.WriteIfFree(new ProveWrite()) is { } made && made.GetAwaiter().GetResult() == first + 1);
            Assert.True(gate.TryEnter());
        }

        var error = await Assert.ThrowsAsync<OpenCodeException>(() => registry.WriteIfFree(new BeatAgent("nothing", Actor.Of("ada", 1), null))!);
        Assert.Equal(OpenCodeError.TaskNotFound, error.Error);
        Assert.True(await registry.WriteAsync(new ProveWrite(), Token) > 0);
    }

    [Fact]
    public async Task Flow_that_waits_for_a_write_without_letting_its_thread_go_gets_it()
    {
        await using var store = await TestStore.OpenAsync();
        var registry = store.Runtime.Registry;
        using var gate = new FileLock(store.Configuration.DatabaseFile + ".gate");
        var held = await gate.AcquireAsync(Patience, Token);
        var flow = WriteTwiceAsync();
        held.Dispose();
        Assert.True(await flow.WaitAsync(Patience, Token) > 0);

        async Task<long> WriteTwiceAsync()
        {
            await registry.WriteAsync(new ProveWrite(), Token).ConfigureAwait(false);
            using var again = await gate.AcquireAsync(Patience, Token).ConfigureAwait(false);
            var second = registry.WriteAsync(new ProveWrite(), Token).AsTask();
            again.Dispose();
            return second.GetAwaiter().GetResult(); // as a caller that knows no async would
        }
    }

    [Fact]
    public async Task Writes_that_come_while_the_gate_stays_shut_are_each_refused_after_their_own_limit_and_never_executed()
    {
        await using var store = await TestStore.OpenAsync();
        var limit = TimeSpan.FromMilliseconds(300);
        await using var registry = await SqliteRegistry.OpenAsync(store.Configuration with { BusyTimeout = limit }, TimeProvider.System, StepProbe.None, () => ProcessIdentity.Current, Token);
        using var gate = new FileLock(store.Configuration.DatabaseFile + ".gate");
        var held = await gate.AcquireAsync(Patience, Token);
        for (var i = 0; i < 3; i++)
        {
            var started = TimeProvider.System.GetTimestamp();
            var refused = await Assert.ThrowsAsync<OpenCodeException>(async () => await registry.WriteAsync(new CreateTasks([New($"late{i}")]), Token).AsTask().WaitAsync(Patience, Token));
            Assert.Equal(OpenCodeError.StoreUnavailable, refused.Error);
            Assert.Contains("0.3 s", refused.Message, StringComparison.Ordinal);
            Assert.True(TimeProvider.System.GetElapsedTime(started) >= limit);
        }

        held.Dispose();
        await registry.WriteAsync(new CreateTasks([New("in time")]), Token);
        Assert.Null(await registry.FindAsync("late0", Token));
        Assert.Null(await registry.FindAsync("late2", Token));
        Assert.NotNull(await registry.FindAsync("in-time", Token));
    }

    [Fact]
    public async Task Closing_while_writes_wait_for_the_gate_refuses_them_and_leaves_the_gate_to_others()
    {
        await using var store = await TestStore.OpenAsync();
        var registry = await SqliteRegistry.OpenAsync(store.Configuration, TimeProvider.System, StepProbe.None, () => ProcessIdentity.Current, Token);
        using var gate = new FileLock(store.Configuration.DatabaseFile + ".gate");
        var held = await gate.AcquireAsync(Patience, Token);
        var writes = Enumerable.Range(0, 10).Select(_ => registry.WriteAsync(new ProveWrite(), Token).AsTask()).ToList();
        await registry.DisposeAsync();
        foreach (var write in writes)
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(() => write.WaitAsync(Patience, Token));
        }

        held.Dispose();
        using var after = await gate.AcquireAsync(Patience, Token);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await registry.WriteAsync(new ProveWrite(), Token));
    }

    [Fact]
    public async Task Many_threads_behind_a_gate_that_changes_hands_each_write_once()
    {
        await using var store = await TestStore.OpenAsync();
        await using var other = await SqliteRegistry.OpenAsync(store.Configuration, TimeProvider.System, StepProbe.None, () => ProcessIdentity.Current, Token);
        ITaskRegistry[] both = [store.Runtime.Registry, other];
        var before = await both[0].WriteAsync(new ProveWrite(), Token);
        var numbers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
        {
            var mine = new List<long>();
            for (var n = 0; n < 50; n++)
            {
                mine.Add(await both[i % 2].WriteAsync(new ProveWrite(), Token));
            }

            return mine;
        })));
        Assert.Equal(Enumerable.Range(1, 16 * 50).Select(n => before + n), numbers.SelectMany(n => n).Order());
        Assert.All(numbers, mine => Assert.Equal(mine.Order(), mine));
    }

    private static NewTaskRow New(string id) => new(id.Replace(' ', '-'), "t", null, AgentTaskMode.Exclusive, "system", 0, JsonMap.Empty, null);
}
