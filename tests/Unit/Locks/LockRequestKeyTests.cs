using OpenCode.Locks;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Locks;

/// <summary>A detached lock whose process died before it could say that it has it: the idempotency key finds it again, the owner's name does not.</summary>
public sealed class LockRequestKeyTests
{
    private static CancellationToken Token => TestStore.Token;

    [Fact]
    public async Task Repeat_is_given_what_the_dead_process_was_granted()
    {
        await using var store = await TestStore.OpenAsync();
        var request = new LockRequest(["b", "a"], "ada") { Detached = true, RequestKey = "k" };
        var granted = await DieAsync(store, async dying => await dying.Locks.AcquireAsync(request, Token));

        Assert.Equal(granted, await ResumeAsync(store, request));
        Assert.Equal(granted, await store.Runtime.Locks.ListAsync(new LockQuery(), Token));
    }

    [Fact]
    public async Task Repeat_of_what_was_granted_after_a_wait_is_given_it_too()
    {
        await using var store = await TestStore.OpenAsync(clock: TimeProvider.System);
        var request = new LockRequest(["r"], "ada") { Detached = true, RequestKey = "k", Wait = TimeSpan.FromMinutes(10) };
        var bob = (await store.Runtime.Locks.AcquireAsync(new LockRequest(["r"], "bob"), Token))[0];
        var granted = await DieAsync(store, async dying =>
        {
            var waiting = dying.Locks.AcquireAsync(request, Token);
            await TestStore.UntilAsync(async () => (await store.Runtime.Registry.StatisticAsync(0, Token)).Locks.Waiting == 1);
            await dying.Locks.ReleaseAsync("r", "bob", bob.Fence, Token);
            return await waiting;
        });

        Assert.Equal(granted, await ResumeAsync(store, request));
    }

    [Fact]
    public async Task Repeat_of_what_is_not_whole_any_more_gives_the_rest_back_and_asks_anew()
    {
        await using var store = await TestStore.OpenAsync();
        var request = new LockRequest(["a", "b"], "ada") { Detached = true, RequestKey = "k" };
        var granted = await DieAsync(store, async dying => await dying.Locks.AcquireAsync(request, Token));
        await store.Runtime.Locks.ReleaseAsync("a", "ada", null, Token);

        Assert.Null(await ResumeAsync(store, request));
        Assert.Empty(await store.Runtime.Locks.ListAsync(new LockQuery(), Token));
        Assert.True((await store.Runtime.Locks.AcquireAsync(request, Token))[0].Fence > granted[1].Fence);
    }

    [Fact]
    public async Task Repeat_of_what_was_not_granted_finds_nothing()
    {
        await using var store = await TestStore.OpenAsync();
        var request = new LockRequest(["r"], "ada") { Detached = true, RequestKey = "k" };
        await DieAsync(store, static _ => Task.FromResult<IReadOnlyList<Lease>>([]));
        Assert.Null(await ResumeAsync(store, request));
    }

    [Fact]
    public async Task Same_owner_without_the_key_is_told_that_it_may_be_its_own_and_how_to_go_on()
    {
        await using var store = await TestStore.OpenAsync();
        var locks = store.Runtime.Locks;
        var lease = (await locks.AcquireAsync(new LockRequest(["r"], "ada") { Detached = true }, Token))[0];
        var own = await Assert.ThrowsAsync<OpenCodeException>(() => locks.AcquireAsync(new LockRequest(["r"], "ada") { Detached = true }, Token));
        Assert.Equal(OpenCodeError.LockHeld, own.Error);
        Assert.Contains($"It is detached and has fence {lease.Fence}", own.Message, StringComparison.Ordinal);
        var others = await Assert.ThrowsAsync<OpenCodeException>(() => locks.AcquireAsync(new LockRequest(["r"], "bob"), Token));
        Assert.DoesNotContain("fence", others.Message, StringComparison.Ordinal);
        await locks.ReleaseAsync("r", "ada", lease.Fence, Token);
    }

    /// <summary>Begins the request in a process that never answers, and is not there any more.</summary>
    private static async Task<IReadOnlyList<Lease>> DieAsync(TestStore store, Func<OpenCodeRuntime, Task<IReadOnlyList<Lease>>> acquire)
    {
        var granted = new TaskCompletionSource<IReadOnlyList<Lease>>();
        await using var dying = await store.AgainAsync();
        var began = dying.Requests.OnceAsync(
            "k",
            "acquire_lock",
            "{}",
            async (_, token) =>
            {
                granted.SetResult(await acquire(dying));
                await Task.Delay(Timeout.Infinite, token);
                return new RequestAnswer("");
            },
            Token);
        if (await Task.WhenAny(began, granted.Task) == began)
        {
            await began;
        }

        using var dead = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={store.Configuration.DatabaseFile};Pooling=False");
        dead.Open();
        using var command = dead.CreateCommand();
        command.CommandText = $"UPDATE requests SET process_id = {int.MaxValue}; UPDATE lease_book SET process_id = {int.MaxValue}";
        Assert.True(command.ExecuteNonQuery() > 0);
        return [.. (await granted.Task).Select(l => l with { ProcessId = int.MaxValue })];
    }

    private static async Task<IReadOnlyList<Lease>?> ResumeAsync(TestStore store, LockRequest request)
    {
        IReadOnlyList<Lease>? found = null;
        await store.Runtime.Requests.OnceAsync(
            "k",
            "acquire_lock",
            "{}",
            async (run, token) =>
            {
                Assert.True(run.Resumed);
                found = await store.Runtime.Locks.GrantedAsync(request, run.PlannedId, token);
                return new RequestAnswer("{}");
            },
            Token);
        return found;
    }
}
