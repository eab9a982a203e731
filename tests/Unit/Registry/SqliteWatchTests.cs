using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Registry;

public sealed class SqliteWatchTests
{
    private static readonly TimeSpan Long = TimeSpan.FromDays(1);

    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task Commit_of_this_runtime_is_told_without_a_tick_of_the_clock()
    {
        await using var store = await TestStore.OpenAsync();
        using var watch = store.Runtime.Registry.Watch();
        var changed = watch.ChangedAsync(Long, Token).AsTask();
        Assert.False(changed.IsCompleted);
        await store.Runtime.Tasks.CreateAsync(new NewTask { Name = "t" }, Token);
        Assert.True(await changed);
    }

    [Fact]
    public async Task Commit_before_the_wait_is_not_missed()
    {
        await using var store = await TestStore.OpenAsync();
        using var watch = store.Runtime.Registry.Watch();
        await store.Runtime.Tasks.CreateAsync(new NewTask { Name = "t" }, Token);
        Assert.True(await watch.ChangedAsync(Long, Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Commit_of_another_connection_is_told_at_the_next_look(bool writeAheadLog)
    {
        await using var store = await TestStore.OpenAsync(c => c with { EnableWal = writeAheadLog });
        await using var other = await store.AgainAsync();
        using var watch = store.Runtime.Registry.Watch();
        for (var round = 0; round < 3; round++)
        {
            var changed = watch.ChangedAsync(Long, Token).AsTask();
            Assert.False(changed.IsCompleted);
            await other.Tasks.CreateAsync(new NewTask { Name = "t" }, Token);
            while (!changed.IsCompleted)
            {
                store.Clock.Advance(TimeSpan.FromMilliseconds(50));
                await Task.Yield();
            }

            Assert.True(await changed);
        }
    }

    [Fact]
    public async Task No_commit_within_the_limit_is_false()
    {
        await using var store = await TestStore.OpenAsync();
        using var watch = store.Runtime.Registry.Watch();
        Assert.False(await watch.ChangedAsync(TimeSpan.Zero, Token));
        var changed = watch.ChangedAsync(TimeSpan.FromSeconds(1), Token).AsTask();
        while (!changed.IsCompleted)
        {
            store.Clock.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }

        Assert.False(await changed);
    }

    [Fact]
    public async Task Cancelled_wait_ends_at_once()
    {
        await using var store = await TestStore.OpenAsync();
        using var watch = store.Runtime.Registry.Watch();
        using var stop = new CancellationTokenSource();
        var changed = watch.ChangedAsync(Long, stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => changed);
    }
}
